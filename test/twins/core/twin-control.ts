import type { Fault, FaultInput } from './faults.ts';
import type { TwinStats } from './stats.ts';
import type { Twin } from './twin.ts';
import type { LoggedWrite } from './write-log.ts';

/** A record as the control side shows it. */
export type TwinRecord = Readonly<Record<string, unknown>> & { readonly id: string };

export interface ActOptions {
  /** Sends no webhook. */
  readonly silent?: boolean;
  /** With `silent`: moves no modified time. */
  readonly keepModified?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** The control side of a twin for tests: what a person would do in the vendor's own UI, and what the twin saw. */
export interface TwinControl {
  reset(content?: {
    readonly seed?: number;
    readonly records?: Readonly<Record<string, readonly Fields[]>>;
  }): Promise<void>;
  list(type: string): Promise<readonly TwinRecord[]>;
  /** Null when the record is not there, or archived. */
  get(type: string, id: string): Promise<TwinRecord | null>;
  create(type: string, fields: Fields, options?: ActOptions): Promise<TwinRecord>;
  edit(type: string, id: string, fields: Fields, options?: ActOptions): Promise<TwinRecord>;
  remove(type: string, id: string, options?: ActOptions): Promise<void>;
  /** `merge` with `{with: id}`, `restore`, `privacy-delete`. */
  act(type: string, id: string, act: string, fields?: Fields, options?: ActOptions): Promise<TwinRecord>;
  /** API writes with a higher `seq`. */
  writes(since?: number): Promise<readonly LoggedWrite[]>;
  stats(): Promise<TwinStats>;
  fault(fault: FaultInput): Promise<Fault>;
  clearFaults(): Promise<void>;
}

/** Makes the control side of a twin callable. A refusal rejects with its message. */
export function createTwinControl(twin: Twin): TwinControl {
  async function call(
    method: string,
    path: string,
    content?: unknown,
  ): Promise<{ status: number; content: unknown }> {
    const body = content === undefined ? '' : JSON.stringify(content);
    const response = await twin.handle({ method, path: `/_twin/${path}`, headers: {}, body });
    return { status: response.status, content: JSON.parse(response.body) };
  }

  async function expect<Content>(method: string, path: string, content?: unknown): Promise<Content> {
    const answer = await call(method, path, content);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${(answer.content as { error: string }).error}`);
    return answer.content as Content;
  }

  const recordPath = (type: string, id?: string): string =>
    `records/${type}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

  return {
    async reset(content = {}) {
      await expect('POST', 'reset', content);
    },
    list: async (type) => (await expect<{ items: TwinRecord[] }>('GET', recordPath(type))).items,
    async get(type, id) {
      const answer = await call('GET', recordPath(type, id));
      return answer.status === 200 ? (answer.content as TwinRecord) : null;
    },
    create: (type, fields, options) => expect('POST', `${recordPath(type)}${queryOf(options)}`, fields),
    edit: (type, id, fields, options) =>
      expect('PATCH', `${recordPath(type, id)}${queryOf(options)}`, fields),
    async remove(type, id, options) {
      await expect('DELETE', `${recordPath(type, id)}${queryOf(options)}`);
    },
    act: (type, id, act, fields = {}, options) =>
      expect('POST', `${recordPath(type, id)}/${act}${queryOf(options)}`, fields),
    writes: async (since = 0) =>
      (await expect<{ items: LoggedWrite[] }>('GET', `writes?since=${since}`)).items,
    stats: () => expect('GET', 'stats'),
    fault: (fault) => expect('POST', 'faults', fault),
    async clearFaults() {
      await expect('DELETE', 'faults');
    },
  };
}

function queryOf({ silent = false, keepModified = false }: ActOptions = {}): string {
  return `?silent=${silent}&keepModified=${keepModified}`;
}
