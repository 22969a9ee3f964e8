import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const JournalLineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('request'),
    /** Epoch milliseconds at which the twin served it. */
    at: z.number(),
    /** Of the twin's randomness while it served it. */
    seed: z.number(),
    method: z.string(),
    path: z.string(),
    body: z.string(),
  }),
  /** Every webhook of the requests before has arrived. */
  z.object({ kind: z.literal('told'), at: z.number() }),
]);

export type JournalLine = z.infer<typeof JournalLineSchema>;

/** What a twin was asked to change, in order: enough to build the same twin again. */
export interface TwinJournal {
  lines(): readonly JournalLine[];
  /** Durable against the end of this process, though not against the machine's. */
  append(line: JournalLine): void;
  /** Forgets everything before this line. */
  restart(line: JournalLine): void;
}

/** A journal that keeps nothing. */
export const NO_JOURNAL: TwinJournal = Object.freeze({
  lines: () => [],
  append: () => undefined,
  restart: () => undefined,
});

/** Opens a journal, or begins one. A last line that was cut off by the end of its process never took effect. */
export function openTwinJournal(file: string): TwinJournal {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  const lines = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JournalLineSchema.parse(JSON.parse(line)));
  return {
    lines: () => lines,
    append: (line) => appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 }),
    restart: (line) => writeFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 }),
  };
}
