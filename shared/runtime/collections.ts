import { runJournal } from '#shared/engine/journal.ts';
import { leases } from '#shared/engine/lease.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { attributes } from '#shared/model/attributes.ts';
import { audit } from '#shared/model/audit.ts';
import { budgets } from '#shared/model/budget.ts';
import { discrepancies } from '#shared/model/discrepancy.ts';
import type { CollectionDefinition } from '#shared/model/document.ts';
import { guardCounters, guards, heldRecords } from '#shared/model/guard.ts';
import { idempotency } from '#shared/model/idempotency.ts';
import { identityDecisions } from '#shared/model/identity-decision.ts';
import { crosswalks, naturalKeys } from '#shared/model/identity-documents.ts';
import { events, quarantine, quarantineParts } from '#shared/model/intake-documents.ts';
import { approvals, crosswalkPages, plans } from '#shared/model/plan.ts';
import { cursors, schedules } from '#shared/model/poll-documents.ts';
import { recordHistory, records } from '#shared/model/record.ts';
import { settings } from '#shared/model/settings.ts';
import { sweeps } from '#shared/model/sweep.ts';
import { work } from '#shared/model/work.ts';
import { planItems } from '#shared/reconciliation/plan-item.ts';

/**
 * Every collection of a client's scope. Indexes, expiry and erasure (M15) are set up from this list, so
 * a collection that is missing here cannot be queried by more than one field.
 */
export const COLLECTIONS: readonly CollectionDefinition[] = Object.freeze([
  records,
  recordHistory,
  work,
  crosswalks,
  naturalKeys,
  events,
  quarantine,
  quarantineParts,
  cursors,
  schedules,
  budgets,
  sweeps,
  guardCounters,
  guards,
  heldRecords,
  leases,
  workflowRuns,
  runJournal,
  discrepancies,
  identityDecisions,
  plans,
  planItems,
  crosswalkPages,
  approvals,
  settings,
  attributes,
  audit,
  idempotency,
]);
