import { z } from 'zod';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { runJournal } from '#shared/engine/journal.ts';
import { workflowRuns, type JournalEntry, type Run } from '#shared/engine/run.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { toInstant } from '#shared/model/instant.ts';
import { RunState } from '#shared/model/vocabulary.ts';
import type { Query } from '#shared/ports/document-store.ts';
import type { SyncRun } from '#shared/workflows/sync-record/open-run.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import type { ApiContext } from '../context.ts';
import { policyOf } from '../entity-policies.ts';
import { sightOf } from '../masking.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { notFound } from '../problem.ts';
import { readRoute, type Route } from '../route.ts';
import { runActions, toRunRow } from '../run-view.ts';
import { NOTHING } from '../schemas.ts';

const RunParamsSchema = z.strictObject({
  id: z.string().regex(/^run_\w{1,60}$/, 'must be the id of a run, such as run_0123456789abcdef.'),
});

const RunsQuerySchema = z.strictObject({
  ...PAGE_QUERY,
  state: z.enum(Object.values(RunState), { error: 'must be one of the run states in meta.' }).optional(),
  workflow: z.string().min(1).max(100).optional(),
});

export const RUN_ROUTES: readonly Route[] = [
  readRoute({
    path: '/runs',
    capability: Capability.readRuns,
    params: NOTHING,
    query: RunsQuerySchema,
    async read(context, { query: { state, workflow, limit, cursor } }) {
      const where: NonNullable<Query<Run>['where']> = [
        ...(state === undefined ? [] : ([['state', '==', state]] as const)),
        ...(workflow === undefined ? [] : ([['workflow', '==', workflow]] as const)),
      ];
      const page = await readPage(context, {
        from: { from: workflowRuns.ref, where, orderBy: [['createdAt', 'desc']] },
        limit,
        cursor,
        toRows: (runs) => runs.map(({ value }) => toRunRow(value)),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
  readRoute({
    path: '/runs/:id',
    capability: Capability.readRuns,
    params: RunParamsSchema,
    query: NOTHING,
    async read(context, { params }) {
      const run = (await context.ports.store.get(workflowRuns.at(params.id)))?.value;
      if (run === undefined) return notFound('run', params.id);
      const { dag, dagHash, policyHash, release, epoch, redrives } = run;
      const body = {
        ...toRunRow(run),
        dag,
        dagHash,
        policyHash,
        release,
        epoch,
        redrives,
        allowedActions: runActions(run),
        asOf: toInstant(context.ports.clock.now()),
      };
      return { kind: 'found', body };
    },
  }),
  readRoute({
    path: '/runs/:id/steps',
    capability: Capability.readRuns,
    params: RunParamsSchema,
    query: NOTHING,
    async read(context, { params, operator }) {
      const { client } = await context.load();
      const run = (await context.ports.store.get(workflowRuns.at(params.id)))?.value;
      if (run === undefined) return notFound('run', params.id);
      const journal = await journalOf(context, run);
      const items = run.dag.map(({ id, system, effect, needs }) => {
        const { carried: _, ...state } = run.steps[id] ?? UNTRIED;
        return {
          id,
          system,
          effect,
          needs,
          ...state,
          notBefore: instantOrNull(state.notBefore),
          unresolvedUntil: instantOrNull(state.unresolvedUntil),
          operation: operationOf(client, run, id, operator.role),
          journal: journal.filter((entry) => 'step' in entry && entry.step === id).map(withoutCarried),
        };
      });
      const ofTheRun = journal.filter((entry) => !('step' in entry));
      return {
        kind: 'found',
        body: { items, journal: ofTheRun, asOf: toInstant(context.ports.clock.now()) },
      };
    },
  }),
];

const UNTRIED = Object.freeze({
  status: 'pending',
  attempts: 0,
  round: 0,
  notBefore: 0,
  unresolvedUntil: null,
  reason: null,
  carried: null,
});

/** Pages that had to leave a long run, and what it holds itself. */
async function journalOf({ ports }: ApiContext, run: Run): Promise<readonly JournalEntry[]> {
  const pages = await ports.store.query({ from: runJournal.under(workflowRuns.at(run.id)), limit: 100 });
  return [...pages.flatMap(({ value }) => value.entries), ...run.journal];
}

/** What a vendor answered is a payload, which not everybody may see. */
function withoutCarried(entry: JournalEntry): object {
  if (entry.kind !== 'step_unverified') return entry;
  const { carried: _, ...told } = entry;
  return told;
}

/** What a step writes, with the values that the role may see. Null for a step that writes nothing. */
function operationOf(
  client: ClientDefinition,
  run: Run,
  step: string,
  role: Parameters<typeof sightOf>[0],
): object | null {
  const operation = operationsIn(run)?.[step];
  if (operation === undefined) return null;
  const sight = sightOf(role, policyOf(client, operation.type));
  return {
    ...operation,
    fields: operation.fields.map((field) => ({
      ...field,
      from: sight.tell(field.path, field.from),
      to: sight.tell(field.path, field.to),
    })),
  };
}

/** Runs that write records carry their operations by step; runs of other workflows carry what they like. */
function operationsIn(run: Run): Readonly<Record<string, Operation>> | undefined {
  return 'operations' in run.input ? (run as SyncRun).input.operations : undefined;
}

function instantOrNull(epochMs: number | null): string | null {
  return epochMs === null || epochMs === 0 ? null : toInstant(epochMs);
}
