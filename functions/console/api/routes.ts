import type { Route } from './route.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { CHECK_ROUTES } from './routes/checks.ts';
import { DISCREPANCY_GROUP_ROUTES } from './routes/discrepancy-groups.ts';
import { DISCREPANCY_ROUTES } from './routes/discrepancies.ts';
import { GUARD_ROUTES } from './routes/guards.ts';
import { HEALTH_ROUTES } from './routes/health.ts';
import { IDENTITY_ROUTES } from './routes/identity.ts';
import { ME_ROUTES } from './routes/me.ts';
import { META_ROUTES } from './routes/meta.ts';
import { METADATA_ROUTES } from './routes/metadata.ts';
import { OPERATION_ROUTES } from './routes/operations.ts';
import { PLAN_ROUTES } from './routes/plans.ts';
import { QUARANTINE_ROUTES } from './routes/quarantine.ts';
import { RECORD_LIST_ROUTES } from './routes/record-list.ts';
import { RECORD_ROUTES } from './routes/records.ts';
import { RESOLVE_ROUTES } from './routes/resolve.ts';
import { RUN_ROUTES } from './routes/runs.ts';
import { SCHEDULE_ROUTES } from './routes/schedules.ts';
import { SETTINGS_ROUTES } from './routes/settings.ts';
import { SYSTEM_ROUTES } from './routes/systems.ts';
import { WHY_ROUTES } from './routes/why.ts';

/** Every address of the API. What is not in this table does not exist, and each entry names what it needs. */
export const ROUTES: readonly Route[] = [
  ...ME_ROUTES,
  ...META_ROUTES,
  ...HEALTH_ROUTES,
  ...RESOLVE_ROUTES,
  ...RECORD_LIST_ROUTES,
  ...RECORD_ROUTES,
  ...METADATA_ROUTES,
  ...DISCREPANCY_GROUP_ROUTES,
  ...DISCREPANCY_ROUTES,
  ...GUARD_ROUTES,
  ...CHECK_ROUTES,
  ...IDENTITY_ROUTES,
  ...WHY_ROUTES,
  ...RUN_ROUTES,
  ...PLAN_ROUTES,
  ...OPERATION_ROUTES,
  ...SYSTEM_ROUTES,
  ...SCHEDULE_ROUTES,
  ...QUARANTINE_ROUTES,
  ...SETTINGS_ROUTES,
  ...AUDIT_ROUTES,
];
