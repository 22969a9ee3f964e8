import { z } from 'zod';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { Pause } from '#shared/model/settings.ts';
import type { ScheduleDocument } from '#shared/model/poll-documents.ts';
import type { SweepDocument } from '#shared/model/sweep.ts';
import { update } from '#shared/ports/document-store.ts';
import { readBudgets } from '../budget-view.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { cycleActions, cycleView } from '../cycle-view.ts';
import { readCycles, type Cycle } from '../cycles.ts';
import { readDueChecks } from '../due-checks.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { readRoute, writeRoute, type Decided, type Route } from '../route.ts';
import { instantText, NOTHING, reasonText } from '../schemas.ts';

const ParamsSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z]+:[a-zA-Z0-9:.-]{1,120}$/, 'must be the id of a schedule as its list gives it.'),
});
const PauseBodySchema = z.strictObject({ reason: reasonText, until: instantText.nullable().default(null) });
const ReasonBodySchema = z.strictObject({ reason: reasonText });

type Control<Body> = WriteCall<z.output<typeof ParamsSchema>, Body>;
/** What can be paused: the others carry it. */
type Pausable = Extract<Cycle, { kind: 'poll' | 'sweep' }>;
type Action = 'pause' | 'resume' | 'run-now';

/** What becomes of the stored document, by what it is. */
interface Change {
  readonly schedule: Partial<ScheduleDocument>;
  readonly sweep: Partial<SweepDocument>;
}

export const SCHEDULE_ROUTES: readonly Route[] = [
  readRoute({
    path: '/schedules',
    capability: Capability.readSchedules,
    params: NOTHING,
    query: NOTHING,
    async read(context) {
      const { store, clock } = context.ports;
      const declared = await context.load();
      const [cycles, budgets, checks] = await Promise.all([
        readCycles(store, declared),
        readBudgets(context, declared, declared.client.systems),
        readDueChecks(store, clock.now()),
      ]);
      const now = clock.now();
      const items = cycles.map((cycle) => cycleView(cycle, now));
      return { kind: 'found', body: { items, checks, budgets, zone: 'UTC', asOf: toInstant(now) } };
    },
  }),
  writeRoute({
    method: 'POST',
    path: '/schedules/:id/pause',
    capability: Capability.changeSettings,
    params: ParamsSchema,
    body: PauseBodySchema,
    async decide(context, call: Control<z.output<typeof PauseBodySchema>>) {
      const now = context.ports.clock.now();
      const { until, reason } = call.body;
      if (until !== null && toEpochMs(until) <= now)
        return refuse('invalid_request', 'A pause ends later than now.', {
          fields: { until: 'must lie in the future.' },
        });
      const pause: Pause = { by: call.operator.id, at: toInstant(now), reason, until };
      return control(context, call, 'pause', () => ({
        schedule: { isPaused: true, pause },
        sweep: { pause },
      }));
    },
  }),
  writeRoute({
    method: 'POST',
    path: '/schedules/:id/resume',
    capability: Capability.changeSettings,
    params: ParamsSchema,
    body: ReasonBodySchema,
    decide: (context, call: Control<z.output<typeof ReasonBodySchema>>) =>
      control(context, call, 'resume', () => ({
        schedule: { isPaused: false, pause: null },
        sweep: { pause: null },
      })),
  }),
  writeRoute({
    method: 'POST',
    path: '/schedules/:id/run-now',
    capability: Capability.check,
    params: ParamsSchema,
    body: ReasonBodySchema,
    decide: (context, call: Control<z.output<typeof ReasonBodySchema>>) =>
      control(context, call, 'run-now', dueAt),
  }),
];

/** Carries out what the state of a cycle allows; the next tick, within a minute, goes by it. */
async function control(
  context: ApiContext,
  { params, body }: Control<{ readonly reason: string }>,
  action: Action,
  changeAt: (cycle: Pausable, now: number) => Change,
): Promise<Decided | Refusal> {
  const { store, clock } = context.ports;
  const cycle = (await readCycles(store, await context.load())).find(({ id }) => id === params.id);
  if (cycle === undefined) return notFound('schedule', params.id);
  const now = clock.now();
  const standing = cycleActions(cycle, now).find((one) => one.action === action);
  const refused = refuse('conflict', standing?.reason ?? 'This cannot be done to it.');
  if (cycle.kind === 'check' || cycle.kind === 'tick' || standing?.allowed !== true) return refused;
  const changed = written(cycle, changeAt(cycle, now));
  if (changed === null) return refused;
  return {
    kind: 'decided',
    writes: [changed.write],
    status: action === 'run-now' ? 202 : 200,
    body: { id: cycle.id, action, asOf: toInstant(now) },
    audit: {
      action: AuditAction.controlSchedule,
      target: { kind: 'schedule', id: cycle.id },
      reason: body.reason,
      before: changed.before,
      after: changed.after,
      result: action === 'run-now' ? 'accepted' : 'done',
    },
  };
}

/** The write, on the version that was decided on, with what it changes. Null when nothing is stored yet. */
function written(cycle: Pausable, change: Change) {
  if (cycle.kind === 'poll') {
    if (cycle.schedule === undefined) return null;
    const { ref, value, version } = cycle.schedule;
    return {
      write: update<ScheduleDocument>(ref, change.schedule, version),
      before: told(value),
      after: told({ ...value, ...change.schedule }),
    };
  }
  if (cycle.sweep === undefined) return null;
  const { ref, value, version } = cycle.sweep;
  return {
    write: update<SweepDocument>(ref, change.sweep, version),
    before: told(value),
    after: told({ ...value, ...change.sweep }),
  };
}

function told({ pause = null, nextDueAt }: ScheduleDocument | SweepDocument): JsonValue {
  return { pause: pause === null ? null : { ...pause }, nextDueAt: toInstant(nextDueAt) };
}

/** A sweep that is under way goes on; it is not begun anew. */
function dueAt(cycle: Pausable, now: number): Change {
  const isUnderWay = cycle.kind === 'sweep' && cycle.sweep?.value.open != null;
  return {
    schedule: { nextDueAt: now },
    sweep: { notBefore: 0, ...(isUnderWay ? {} : { nextDueAt: now }) },
  };
}
