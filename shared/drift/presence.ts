import { FieldPath, type SystemId } from '#shared/model/ids.ts';
import { keysOf, writeTargets, type FieldVerdict, type RecordDocument } from '#shared/model/record.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import { standingOfLoss } from './loss.ts';
import { presenceOf, type Known } from '#shared/authority/lifecycle.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { lossRuleName, presenceRuleName } from '#shared/authority/rules.ts';

/** The pseudo field that carries whether a system holds the record at all. */
export function presencePath(system: SystemId): FieldPath {
  return FieldPath(`@${system}`);
}

/**
 * Judges, for each system of the policy, whether the record has the representation it must have. A system
 * that answered "does not exist" by id is `missing` with cause `gone` and is never created anew from that
 * alone (M10).
 */
export function comparePresence(
  policy: EntityPolicy,
  record: RecordDocument,
  known: Known,
): (readonly [FieldPath, FieldVerdict])[] {
  return Object.keys(policy.presence).map((key) => {
    const system = key as SystemId;
    const presence = presenceOf(policy, system, known);
    const rule = presenceRuleName(policy, system).id;
    const judged = (verdict: Verdict, cause: CauseCode) =>
      [presencePath(system), { verdict, cause, systems: [system], rule }] as const;
    const link = record.links[system];
    if (link === undefined) {
      if (isBeingCreated(record, system)) return judged(Verdict.missing, CauseCode.inFlight);
      return presence === 'required'
        ? judged(
            Verdict.missing,
            keysOf(record).length === 0 ? CauseCode.noNaturalKey : CauseCode.notCreatedYet,
          )
        : judged(Verdict.excluded, CauseCode.ignoredByPolicy);
    }
    if (link.state === 'gone') {
      const { verdict, cause } = standingOfLoss(policy, record, system, presence);
      const byPolicy = link.loss === undefined ? rule : lossRuleName(policy, system).id;
      const meaning = link.loss?.decided === undefined ? byPolicy : 'operator';
      return [presencePath(system), { verdict, cause, systems: [system], rule: meaning }] as const;
    }
    if (link.state === 'foreign') return judged(Verdict.undetermined, CauseCode.foreignAnswer);
    if (record.representations[system] === undefined)
      return judged(Verdict.undetermined, CauseCode.unreadable);
    if (isBeingRemoved(record, system)) return judged(Verdict.softDrift, CauseCode.inFlight);
    return judged(Verdict.inSync, CauseCode.equal);
  });
}

/** Whether a run is removing the system's object. */
export function isBeingRemoved(record: RecordDocument, system: SystemId): boolean {
  return writeTargets(record).some(
    (target) => target.system === system && target.path === presencePath(system),
  );
}

/** Only a create writes to a system that the record is not linked to. */
function isBeingCreated(record: RecordDocument, system: SystemId): boolean {
  return writeTargets(record).some((target) => target.system === system);
}
