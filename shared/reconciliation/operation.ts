import type { Cause } from '#shared/model/cause.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { EntityType, FieldPath, NativeId, SystemId } from '#shared/model/ids.ts';
import type { WriteTarget } from '#shared/model/record.ts';

/** One field of a write: what it was when planned, what it is to be, and the rule that allows it (M6). */
export interface OperationField {
  readonly path: FieldPath;
  /** The pre-image: refused when the system says anything else at the time of writing (M5). */
  readonly from: FieldValue;
  readonly to: FieldValue;
  readonly rule: string;
  readonly ruleHash: string;
  /** What made the value true that is to be written. */
  readonly cause: Cause;
  /** The mass guard that counts it. */
  readonly guard?: string;
  /** Who approved it although the guard is closed. */
  readonly approvedBy?: string;
}

/** One write to one vendor object. Whatever wants to write to a vendor produces these and nothing else. */
export interface Operation {
  readonly type: EntityType;
  readonly system: SystemId;
  /** `archive` removes what a person can restore for a time, `delete` what nobody can. */
  readonly action: 'update' | 'create' | 'archive' | 'delete';
  /** Null for a create. */
  readonly nativeId: NativeId | null;
  /** Of a removal one: the pseudo field of presence, from the version of the object as last seen to nothing. */
  readonly fields: readonly OperationField[];
  /** Of a removal: the system whose loss it carries to this one. Of a create: the system itself, where it lost its own. */
  readonly lost?: SystemId;
}

/** Whether the operation makes an object disappear. */
export function isRemoval({ action }: Pick<Operation, 'action'>): boolean {
  return action === 'archive' || action === 'delete';
}

/** The fields that operations may write, per system. */
export function targetsOf(operations: readonly Operation[]): readonly WriteTarget[] {
  return operations.flatMap((operation) =>
    operation.fields.map((field) => ({ system: operation.system, path: field.path })),
  );
}
