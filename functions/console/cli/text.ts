import { z } from 'zod';
import { parseInstant } from '#shared/model/instant.ts';

/** A value as the API tells it. */
export const ToldValueSchema = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['absent', 'cleared', 'masked']) }),
  z.object({ state: z.literal('value'), value: z.json() }),
]);
export type ToldValue = z.output<typeof ToldValueSchema>;

/** Before or after in a history: a value of a field, or a word, such as a verdict. */
export const SaidSchema = z.union([ToldValueSchema, z.string()]).nullable();

/** The same for a person. */
export function saidText(said: z.output<typeof SaidSchema>): string {
  return typeof said === 'string' ? words(said) : said === null ? 'nothing' : shown(said);
}

/** What steers a terminal, or turns the direction of reading: a vendor's text may hold it, and must not act here. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The same text with everything in it that would steer a terminal written out. Also inside JSON it stays JSON. */
export function harmless(line: string): string {
  return line.replaceAll(UNSAFE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A value for a person. The three states never look alike, and no text looks like a state. */
export function shown(value: ToldValue | null | undefined): string {
  if (value == null) return 'not known';
  switch (value.state) {
    case 'absent':
      return 'not known';
    case 'cleared':
      return 'empty';
    case 'masked':
      return 'hidden';
    case 'value':
      return JSON.stringify(value.value);
  }
}

/** A time for a person, to the second in UTC; `never` for none. */
export function time(text: string | null | undefined): string {
  if (text == null) return 'never';
  const instant = parseInstant(text);
  return instant === undefined ? text : `${instant.slice(0, 10)} ${instant.slice(11, 19)}Z`;
}

/** `1 record`, `2 records`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A token of the API's word lists as words: `hard_conflict` reads as `hard conflict`. */
export function words(token: string): string {
  return token.replaceAll('_', ' ');
}
