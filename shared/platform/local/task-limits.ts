/** How long a task's name stays taken after the task is gone: the longest that Cloud Tasks documents. */
export const NAME_TAKEN_MS = 4 * 60 * 60 * 1_000;

/** Size of a task's body, a limit of Cloud Tasks. */
export const MAX_TASK_BYTES = 100 * 1_024;

/** How far ahead a task may be scheduled, a limit of Cloud Tasks. */
export const MAX_SCHEDULE_AHEAD_MS = 30 * 24 * 60 * 60 * 1_000;

/** What Cloud Tasks accepts as a task's name. */
export const TASK_NAME = /^[A-Za-z0-9_-]{1,500}$/;
