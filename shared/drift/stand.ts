import { canonicalForm, equalUnder } from '#shared/authority/equality.ts';
import { authoritiesOf, type EntityPolicy, type FieldPolicy } from '#shared/authority/policy.ts';
import { CLEARED, fieldOf, type FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { writeTargets, type RecordDocument } from '#shared/model/record.ts';
import type { Base, NaturalKey, Representation } from '#shared/model/representation.ts';
import { explanationOf, type Sign } from './evidence.ts';

export interface CompareInput {
  readonly policy: EntityPolicy;
  /** The record with the newest representations already folded in. */
  readonly record: RecordDocument;
  readonly signs: Readonly<Record<SystemId, readonly Sign[]>>;
  /** Vendor times of our own last writes: a modified time that one of them accounts for explains nothing. */
  readonly ownWritesAt?: Readonly<Record<SystemId, readonly Instant[]>>;
  /** Natural keys seen on this record that another record holds. */
  readonly takenKeys?: readonly NaturalKey[];
  /** Systems that are owed another look. */
  readonly owed?: readonly SystemId[];
  /** Our time of this comparison. */
  readonly at: Instant;
}

/** How one system stands in one field. */
export interface Stand {
  readonly system: SystemId;
  readonly current: FieldValue;
  readonly base: Base | undefined;
  readonly representation: Representation;
  readonly isAuthority: boolean;
  readonly moved: boolean;
  readonly sign: Sign | undefined;
}

/** How every linked system stands in a field. `absent` is no stand (C2). */
export function standsOf(input: CompareInput, field: FieldPolicy): readonly Stand[] {
  const named = authoritiesOf(field.rule);
  // While no authority was ever linked, whoever is speaks for the field.
  const isUnowned = !named.some((system) => input.record.links[system] !== undefined);
  const beingWritten = writeTargets(input.record).map(({ system }) => system);
  return Object.entries(input.record.representations).flatMap(([key, representation]) => {
    const system = key as SystemId;
    const said = fieldOf(representation.fields, field.path);
    if (said.state === 'absent' || input.record.links[system]?.state !== 'active') return []; // C2
    // Blanks say no more than nothing does.
    const isBlank = canonicalForm(input.policy, field, said).state === 'cleared';
    const current = isBlank ? CLEARED : said;
    const base = input.record.bases[system]?.[field.path];
    const moved = base !== undefined && !equalUnder(input.policy, field, current, base.value); // C1
    return [
      {
        system,
        current,
        base,
        representation,
        isAuthority: isUnowned || named.includes(system),
        moved,
        sign: explanationOf({
          path: field.path,
          base,
          modifiedAt: representation.modifiedAt,
          signs: input.signs[system] ?? [],
          ownWritesAt: input.ownWritesAt?.[system] ?? [],
          isBeingWritten: beingWritten.includes(system),
        }),
      },
    ];
  });
}

/** Systems whose word counts, that hold the record and were not read yet. */
export function unreadAuthorities(record: RecordDocument, field: FieldPolicy): readonly SystemId[] {
  return authoritiesOf(field.rule).filter(
    (system) => record.links[system]?.state === 'active' && record.representations[system] === undefined,
  );
}

/** The systems whose word counts were linked once and are gone or merged away: nobody can settle a difference. */
export function areAuthoritiesAway(record: RecordDocument, field: FieldPolicy): boolean {
  const links = authoritiesOf(field.rule).flatMap((system) => record.links[system] ?? []);
  return links.length > 0 && links.every((link) => link.state !== 'active');
}

/** Equal to golden, directly or in the form that the vendor gave to the very value we wrote (M9). */
export function isGolden(input: CompareInput, field: FieldPolicy, stand: Stand, golden: FieldValue): boolean {
  return isGoldenValue(input, field, stand.system, stand.current, golden);
}

/** Whether the system stood at golden before it moved. */
export function baseWasGolden(
  input: CompareInput,
  field: FieldPolicy,
  stand: Stand,
  golden: FieldValue,
): boolean {
  return stand.base !== undefined && isGoldenValue(input, field, stand.system, stand.base.value, golden);
}

function isGoldenValue(
  input: CompareInput,
  field: FieldPolicy,
  system: SystemId,
  value: FieldValue,
  golden: FieldValue,
): boolean {
  if (equalUnder(input.policy, field, value, golden)) return true;
  const own = input.record.ledger[system]?.[field.path];
  return (
    own !== undefined &&
    equalUnder(input.policy, field, own.written, golden) &&
    equalUnder(input.policy, field, value, own.stored)
  );
}

/** C4: an empty field of a newly linked system, unless that system is the field's one owner. */
export function mayBeFilled(field: FieldPolicy, stand: Stand): boolean {
  return stand.current.state === 'cleared' && !(field.rule.kind === 'owner' && stand.isAuthority);
}

/** What the system says now, as its new base. */
export function baseOf(stand: Stand): Base {
  return { value: stand.current, modifiedAt: stand.representation.modifiedAt };
}

/** Systems in which an open run may write the field. */
export function systemsInFlight(record: RecordDocument, path: FieldPath): readonly SystemId[] {
  return writeTargets(record)
    .filter((target) => target.path === path)
    .map((target) => target.system);
}
