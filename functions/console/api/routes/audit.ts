import { z } from 'zod';
import { audit, AuditAction, type AuditEntry, type AuditTarget } from '#shared/model/audit.ts';
import { Capability, may, type Role } from '#shared/model/capabilities.ts';
import type { Query, Snapshot } from '#shared/ports/document-store.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { readRoute, type Route } from '../route.ts';
import { instantText } from '../schemas.ts';

const TARGET_KINDS = [
  'record',
  'discrepancy',
  'plan',
  'run',
  'system',
  'settings',
  'schedule',
  'quarantine',
] as const satisfies readonly AuditTarget['kind'][];

const AuditQuerySchema = z
  .strictObject({
    ...PAGE_QUERY,
    actor: z.string().min(1).max(100).optional(),
    action: z.enum(Object.values(AuditAction), { error: 'must be one of the actions in meta.' }).optional(),
    targetKind: z.enum(TARGET_KINDS, { error: `must be one of ${TARGET_KINDS.join(', ')}.` }).optional(),
    target: z.string().min(1).max(200).optional(),
    from: instantText.optional(),
    to: instantText.optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    message: 'must not be before from.',
  });

/** An entry as it is told: what a role may not know is null. */
interface AuditRow extends Omit<AuditEntry, 'sourceAddress' | 'before' | 'after'> {
  readonly id: string;
  readonly before: AuditEntry['before'];
  readonly after: AuditEntry['after'];
  readonly sourceAddress: string | null;
}

export const AUDIT_ROUTES: readonly Route[] = [
  readRoute({
    path: '/audit',
    capability: Capability.readAudit,
    params: z.strictObject({}),
    query: AuditQuerySchema,
    async read(context, { operator, query }) {
      const seesAll = may(operator.role, Capability.readWholeAudit);
      const page = await readPage(context, {
        from: { from: audit.ref, where: filtersOf(query, seesAll), orderBy: [['at', 'desc']] },
        limit: query.limit,
        cursor: query.cursor,
        toRows: (snapshots) => snapshots.map((snapshot) => rowOf(snapshot, operator.role)),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
];

/** Whoever does not see all of it sees what was done to records. */
function filtersOf(
  { actor, action, targetKind, target, from, to }: z.output<typeof AuditQuerySchema>,
  seesAll: boolean,
): NonNullable<Query<AuditEntry>['where']> {
  const equal = [
    ['actorId', actor],
    ['action', action],
    ['targetKind', targetKind],
    ['targetId', target],
  ] as const;
  return [
    ...(seesAll ? [] : ([['targetKind', '==', 'record']] as const)),
    ...equal.flatMap(([field, value]) => (value === undefined ? [] : [[field, '==', value] as const])),
    ...(from === undefined ? [] : ([['at', '>=', from]] as const)),
    ...(to === undefined ? [] : ([['at', '<=', to]] as const)),
  ];
}

/** Values may be sensitive, and an address says where somebody lives: neither is for everybody. */
function rowOf({ ref, value }: Snapshot<AuditEntry>, role: Role): AuditRow {
  const id = ref.path.slice(ref.path.lastIndexOf('/') + 1);
  const seesValues = may(role, Capability.readSensitive);
  return {
    id,
    ...value,
    before: seesValues ? value.before : null,
    after: seesValues ? value.after : null,
    sourceAddress: may(role, Capability.readWholeAudit) ? value.sourceAddress : null,
  };
}
