import { audit, type AuditAction, type AuditEntry, type AuditTarget } from '#shared/model/audit.ts';
import type { Capability } from '#shared/model/capabilities.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { create, type Write } from '#shared/ports/document-store.ts';
import type { Operator } from '#shared/ports/operators.ts';
import type { ApiContext } from './context.ts';

/** What was done, as its handler says it; who and when is added by the frame. */
export interface AuditedAction {
  readonly action: AuditAction;
  readonly target: AuditTarget;
  readonly planId?: string;
  readonly runId?: string;
  readonly reason: string | null;
  readonly before: JsonValue;
  readonly after: JsonValue;
  /** `accepted` when the work itself is still to be done. @default 'done' */
  readonly result?: AuditEntry['result'];
}

/** Who did it, by what right and from where. */
export interface Actor {
  readonly operator: Operator;
  readonly capability: Capability;
  readonly sourceAddress: string | null;
}

/**
 * The entry of an act, as part of the commit that makes the change: neither is ever there without the other. A repeat
 * of the commit after a lost race writes the same document.
 *
 * @param callId names the call.
 */
export function audited(
  { ports }: Pick<ApiContext, 'ports'>,
  callId: string,
  { operator, capability, sourceAddress }: Actor,
  act: AuditedAction,
): Write {
  const entry: AuditEntry = {
    at: toInstant(ports.clock.now()),
    actorId: operator.id,
    actorName: operator.name,
    role: operator.role,
    capability,
    action: act.action,
    targetKind: act.target.kind,
    targetId: act.target.id,
    planId: act.planId ?? null,
    runId: act.runId ?? null,
    reason: act.reason,
    before: act.before,
    after: act.after,
    result: act.result ?? 'done',
    sourceAddress,
  };
  return create(audit.at(`aud_${callId}`), entry);
}
