import { contentHash } from '#shared/model/hash.ts';

/** Members that differ with every call and say nothing about what was asked for. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set([
  'asOf',
  'serverTime',
  'correlationId',
  // Follow from a time that is told beside them.
  'ageMs',
  'lagMs',
  'overdueBy',
]);

/**
 * The tag of a stored state, for `If-Match`. It covers all of the content, authors and times included, so that a
 * state which was left and came back is told apart.
 *
 * @param content null when nothing is stored yet.
 */
export function strongTag(content: object | null): string {
  return `"${contentHash(content)}"`;
}

/** The tag of an answer, for `If-None-Match`: weak, for the time of asking is left out of it. */
export function weakTag(body: object): string {
  const lasting = JSON.stringify(body, (name, member: unknown) =>
    OF_THE_MOMENT.has(name) ? undefined : member,
  );
  return `W/"${contentHash(lasting)}"`;
}

/** Whether a caller already has the answer (RFC 9110, 13.1.2: weak comparison). */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  return (
    ifNoneMatch !== undefined && tagsIn(ifNoneMatch).some((one) => one === '*' || opaque(one) === opaque(tag))
  );
}

/** Whether a caller read this very state (RFC 9110, 13.1.1: strong comparison, which a weak tag never passes). */
export function isCurrent(ifMatch: string, tag: string): boolean {
  return tagsIn(ifMatch).some((one) => one === tag);
}

function tagsIn(header: string): readonly string[] {
  return header.split(',').map((tag) => tag.trim());
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '');
}
