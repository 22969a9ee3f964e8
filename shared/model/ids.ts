import { contentHash } from './hash.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A client of the consultancy: scope of every stored path. */
export type ClientId = Branded<'ClientId'>;
/** An external platform, for example `hubspot`. */
export type SystemId = Branded<'SystemId'>;
/** A kind of business entity, for example `customer`. */
export type EntityType = Branded<'EntityType'>;
/** A record's identity in one system, digit for digit as that system writes it. */
export type NativeId = Branded<'NativeId'>;
/** The master record of one business entity: `rec_` and a ULID. */
export type RecordId = Branded<'RecordId'>;
/** One durable execution: `run_` and a hash of what caused it. */
export type RunId = Branded<'RunId'>;
/** A stored preview of writes, and the operation that applies it: `plan_` and a ULID. */
export type PlanId = Branded<'PlanId'>;
/** A canonical field of an entity, for example `firstName`. */
export type FieldPath = Branded<'FieldPath'>;
/** A named group of fields that are checked together. */
export type Dimension = Branded<'Dimension'>;

export const ClientId = (text: string): ClientId => text as ClientId;
export const SystemId = (text: string): SystemId => text as SystemId;
export const EntityType = (text: string): EntityType => text as EntityType;
export const NativeId = (text: string): NativeId => text as NativeId;
export const RecordId = (text: string): RecordId => text as RecordId;
export const PlanId = (text: string): PlanId => text as PlanId;
export const FieldPath = (text: string): FieldPath => text as FieldPath;
export const Dimension = (text: string): Dimension => text as Dimension;

/**
 * The pseudo-system of Concord itself. A mark of this system owes a comparison of what is
 * already stored, not a vendor read.
 */
export const CONCORD = SystemId('concord');

/** Names a run after its cause, never after a delivery or content (M2). */
export function runIdOf(workflow: string, recordId: RecordId, ordinal: number): RunId {
  return `run_${contentHash([workflow, recordId, ordinal])}` as RunId;
}

/** Names the run of a plan's item: however often the item is handed out, it is the same run (M2). */
export function planRunIdOf(workflow: string, recordId: RecordId, planId: PlanId): RunId {
  return `run_${contentHash([workflow, recordId, planId])}` as RunId;
}
