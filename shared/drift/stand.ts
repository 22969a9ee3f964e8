import { equalUnder } from '#shared/authority/equality.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { authoritiesOf, isOurs, type Unit } from '#shared/authority/rules.ts';
import { fieldOf, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import { writeTargets, type RecordDocument } from '#shared/model/record.ts';
import type { Base, NaturalKey, Representation } from '#shared/model/representation.ts';
import type { Modes } from '#shared/model/settings.ts';
import { explanationOf, type Sign } from './evidence.ts';
import { isAbsent, isCleared, mapUnit, sameUnit, unitValues } from './unit-values.ts';

/** A value that operators set, and since when. */
export interface OwnValue {
  readonly value: FieldValues[FieldPath];
  readonly at: Instant;
}

export interface CompareInput {
  readonly policy: EntityPolicy;
  /** The record with the newest representations already folded in. */
  readonly record: RecordDocument;
  /** The record as it was judged before, without what has been seen since. */
  readonly before?: Pick<RecordDocument, 'representations' | 'verdicts'>;
  readonly signs: Readonly<Record<SystemId, readonly Sign[]>>;
  /** Vendor times of our own last writes: a modified time that one of them accounts for explains nothing. */
  readonly ownWritesAt?: Readonly<Record<SystemId, readonly Instant[]>>;
  /** Natural keys seen on this record that another record holds. */
  readonly takenKeys?: readonly NaturalKey[];
  /** Systems that are owed another look. */
  readonly owed?: readonly SystemId[];
  /** Values of the fields with the rule `operator`. */
  readonly ownValues?: Readonly<Record<FieldPath, OwnValue>>;
  /** How far Concord may go by itself. @default everything is `auto` and always was */
  readonly modes?: Modes;
  /** Milliseconds after which a move that nothing explains is said to be unexplained. @default 0 */
  readonly settleMs?: number;
  /** Our time of this comparison. */
  readonly at: Instant;
}

/** How one system stands in one unit. */
export interface Stand {
  readonly system: SystemId;
  readonly current: FieldValues;
  /** What we last accepted or verified there; undefined while a part of it is unknown. */
  readonly base: Readonly<Record<FieldPath, Base>> | undefined;
  readonly representation: Representation;
  readonly isAuthority: boolean;
  readonly moved: boolean;
  readonly sign: Sign | undefined;
}

/** How every linked system stands in a unit. `absent` is no stand (C2), nor is a difference that is tolerated. */
export function standsOf(input: CompareInput, unit: Unit): readonly Stand[] {
  const named = authoritiesOf(unit.rule);
  // While no authority was ever linked, whoever is speaks for the field. Where none is named, nobody does (M6).
  const isUnowned =
    !isOurs(unit.rule) &&
    named.length > 0 &&
    !named.some((system) => input.record.links[system] !== undefined);
  const beingWritten = new Set(writeTargets(input.record).map(({ system }) => system));
  return Object.entries(input.record.representations).flatMap(([key, representation]) => {
    const system = key as SystemId;
    const current = unitValues(input.policy, unit, representation.fields);
    if (isAbsent(unit, current) || input.record.links[system]?.state !== 'active') return []; // C2
    const base = basesOf(input.record, unit, system);
    const moved = base !== undefined && !sameUnit(input.policy, unit, current, valuesOfBase(unit, base)); // C1
    // Who says what it always said needs no explanation.
    const hasNews = moved || base === undefined;
    const sign = hasNews
      ? signOf(input, unit, system, representation, current, beingWritten.has(system))
      : undefined;
    return [
      {
        system,
        current,
        base,
        representation,
        isAuthority: isUnowned || named.includes(system),
        moved,
        sign,
      },
    ];
  });
}

function basesOf(record: RecordDocument, unit: Unit, system: SystemId): Stand['base'] {
  const bases: Record<FieldPath, Base> = {};
  for (const { path } of unit.fields) {
    const base = record.bases[system]?.[path];
    if (base === undefined) return undefined;
    bases[path] = base;
  }
  return bases;
}

/** What explains that a field of the unit left its base, or, without a base, that it is what it is. */
function signOf(
  input: CompareInput,
  unit: Unit,
  system: SystemId,
  { modifiedAt }: Representation,
  current: FieldValues,
  isBeingWritten: boolean,
): Sign | undefined {
  const found = unit.fields.flatMap((field) => {
    const { path } = field;
    const base = input.record.bases[system]?.[path];
    const isAtBase =
      base !== undefined && equalUnder(input.policy, field, fieldOf(current, path), base.value);
    if (isAtBase && unit.fields.length > 1) return [];
    const sign = explanationOf({
      path,
      base,
      modifiedAt,
      signs: input.signs[system] ?? [],
      ownWritesAt: input.ownWritesAt?.[system] ?? [],
      isBeingWritten,
    });
    return [sign];
  });
  // A group has moved as a whole once every one of its moved fields is explained.
  const [first] = found;
  return found.every((sign) => sign !== undefined) ? first : undefined;
}

/** Stands without those whose difference from golden somebody has accepted for a time. */
export function withoutTolerated(
  input: CompareInput,
  unit: Unit,
  stands: readonly Stand[],
  golden: FieldValues,
): {
  readonly counted: readonly Stand[];
  readonly tolerated: readonly Stand[];
  readonly until: number | null;
} {
  const tolerated = stands.filter((stand) => toleranceEnd(input, unit, stand, golden) !== null);
  const ends = tolerated.map((stand) => toleranceEnd(input, unit, stand, golden) ?? Number.POSITIVE_INFINITY);
  return {
    counted: stands.filter((stand) => !tolerated.includes(stand)),
    tolerated,
    until: ends.length === 0 ? null : Math.min(...ends),
  };
}

/** Epoch milliseconds until which every difference of the stand is tolerated; null when one of them is not. */
function toleranceEnd(input: CompareInput, unit: Unit, stand: Stand, golden: FieldValues): number | null {
  if (sameUnit(input.policy, unit, stand.current, golden)) return null;
  const nowMs = toEpochMs(input.at);
  const ends = unit.fields.map((field) => {
    const { path } = field;
    const [says, holdsTrue] = [fieldOf(stand.current, path), fieldOf(golden, path)];
    if (equalUnder(input.policy, field, says, holdsTrue)) return Number.POSITIVE_INFINITY;
    const tolerance = input.record.tolerances[stand.system]?.[path];
    const isMeant =
      tolerance !== undefined &&
      equalUnder(input.policy, field, tolerance.value, says) &&
      equalUnder(input.policy, field, tolerance.golden, holdsTrue);
    return isMeant ? toEpochMs(tolerance.until) : 0;
  });
  const end = Math.min(...ends);
  return end > nowMs ? end : null;
}

/** Systems whose word counts, that hold the record and were not read yet. */
export function unreadAuthorities(record: RecordDocument, unit: Unit): readonly SystemId[] {
  return authoritiesOf(unit.rule).filter(
    (system) => record.links[system]?.state === 'active' && record.representations[system] === undefined,
  );
}

/** The systems whose word counts were linked once and are gone or merged away: nobody can settle a difference. */
export function areAuthoritiesAway(record: RecordDocument, unit: Unit): boolean {
  const links = authoritiesOf(unit.rule).flatMap((system) => record.links[system] ?? []);
  return links.length > 0 && links.every((link) => link.state !== 'active');
}

/** Equal to golden, directly or in the form that the vendor gave to the very value we wrote (M9). */
export function isGolden(input: CompareInput, unit: Unit, stand: Stand, golden: FieldValues): boolean {
  return isGoldenValue(input, unit, stand.system, stand.current, golden);
}

/** Whether the system stood at golden before it moved. */
export function baseWasGolden(input: CompareInput, unit: Unit, stand: Stand, golden: FieldValues): boolean {
  const { base, system } = stand;
  return base !== undefined && isGoldenValue(input, unit, system, valuesOfBase(unit, base), golden);
}

function isGoldenValue(
  input: CompareInput,
  unit: Unit,
  system: SystemId,
  values: FieldValues,
  golden: FieldValues,
): boolean {
  return unit.fields.every((field) => {
    const [says, holdsTrue] = [fieldOf(values, field.path), fieldOf(golden, field.path)];
    if (equalUnder(input.policy, field, says, holdsTrue)) return true;
    const own = input.record.ledger[system]?.[field.path];
    return (
      own !== undefined &&
      equalUnder(input.policy, field, own.written, holdsTrue) &&
      equalUnder(input.policy, field, says, own.stored)
    );
  });
}

function valuesOfBase(unit: Unit, base: Readonly<Record<FieldPath, Base>>): FieldValues {
  return mapUnit(unit, (path) => base[path]?.value);
}

/** C4: an empty unit of a newly linked system, unless that system is its one owner. */
export function mayBeFilled(unit: Unit, stand: Stand): boolean {
  return isCleared(unit, stand.current) && !(unit.rule?.kind === 'owner' && stand.isAuthority);
}

/** What the system says now, as its new bases. */
export function basesOfStand(unit: Unit, stand: Stand): readonly (readonly [SystemId, FieldPath, Base])[] {
  return unit.fields.map(({ path }) => [
    stand.system,
    path,
    { value: fieldOf(stand.current, path), modifiedAt: stand.representation.modifiedAt },
  ]);
}

/** Systems in which an open run may write a field of the unit. */
export function systemsInFlight(record: RecordDocument, unit: Unit): readonly SystemId[] {
  return writeTargets(record)
    .filter((target) => unit.fields.some(({ path }) => path === target.path))
    .map((target) => target.system);
}
