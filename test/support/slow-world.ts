/** Worlds as the slow comparison takes them: one unit, in plain texts and minutes. */
import type { Text } from './slow-texts.ts';

/** A sign that somebody changed something: a time in minutes, null for none. */
export interface SlowSign {
  readonly at: number | null;
  /** Which of the unit's fields it names; null when it speaks of the record as a whole. */
  readonly names: readonly number[] | null;
  readonly isEcho: boolean;
  readonly isBirth: boolean;
}

/** How one system stands in the unit. Lists have one member per field. */
export interface SlowSystem {
  readonly link: 'active' | 'gone' | 'foreign';
  readonly isRead: boolean;
  readonly says: readonly Text[];
  /** What it said when we last accepted or verified it, and its modified time then. */
  readonly base: readonly Text[];
  readonly baseAt: number | null;
  readonly modifiedAt: number | null;
  readonly signs: readonly SlowSign[];
  readonly ownWritesAt: readonly number[];
  /** A run may write fields of the unit, or other fields, there. */
  readonly isWritten: 'unit' | 'other' | null;
  /** Golden was written there, and this is what the vendor made of it. */
  readonly storedAs: Text;
  readonly isSwallowed: boolean;
  /** Somebody accepted what it says beside golden as it is, for longer than now. */
  readonly isTolerated: boolean;
  readonly isOwed: boolean;
  readonly mode: 'observe' | 'ask' | 'auto';
  /** Minute of the switch to its mode; null for always. */
  readonly since: number | null;
}

export type SlowRule =
  | { readonly kind: 'owner' | 'latest' | 'agree'; readonly systems: readonly string[] }
  | { readonly kind: 'ignored' | 'operator' | 'none' };

export interface SlowWorld {
  readonly rule: SlowRule;
  readonly asks: boolean;
  readonly isTrusted: boolean;
  readonly golden: readonly Text[];
  /** Minute since which golden is what it is. */
  readonly goldenAt: number;
  readonly systems: Readonly<Record<string, SlowSystem>>;
  /** What operators set; undefined while they set nothing. */
  readonly own: readonly Text[] | undefined;
  readonly ownAt: number;
  /** The mode of what operators set themselves. */
  readonly isHeld: boolean;
  /** A text of the first field that is a key of another record. */
  readonly taken: string | null;
  /** Whether what explains a move has had its time to arrive. */
  readonly isSettleTimeOver: boolean;
  readonly now: number;
}
