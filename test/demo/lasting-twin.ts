import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Http } from '#shared/ports/http.ts';
import { createRandom, type Twin, type TwinRequest, type TwinResponse } from '#test/twins/index.ts';
import type { JournalLine, TwinJournal } from './twin-journal.ts';

/** What a lasting twin lends the twin inside. */
export interface TwinParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: Http['send'];
}

export interface LastingTwinOptions {
  readonly journal: TwinJournal;
  readonly clock: Clock;
  /** Uniform in [0, 1), different at every start. */
  readonly random: () => number;
  readonly send: Http['send'];
  /** Headers that let the mesh in. They are not kept in the journal. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Whether an API request may change something. */
  readonly isWrite: (request: TwinRequest) => boolean;
  readonly build: (parts: TwinParts) => Twin;
  /** Runs when somebody has emptied the twin through its control side, before they are answered. */
  readonly onReset: () => Promise<void>;
}

export interface LastingTwin extends Twin {
  /** From here on webhooks leave. Until then nobody would be there to take them. */
  startTelling(): void;
}

type RequestLine = Extract<JournalLine, { kind: 'request' }>;

/**
 * A twin that a restart finds as it was: ids, histories, webhooks that have not arrived. It keeps every request
 * that changed something and serves them again when it is opened, with the clock and the randomness of then.
 * Faults and statistics end with the process, and the log of writes keeps those that were accepted.
 */
export async function openLastingTwin(options: LastingTwinOptions): Promise<LastingTwin> {
  const { journal, clock, credentials, isWrite, onReset } = options;
  // The twin is born when it was first born: what fills with time must not begin later than it is used.
  let replayedAt: number | null = journal.lines()[0]?.at ?? null;
  let random = createRandom(seedOf(options.random));
  let isTelling = false;
  let untold = 0;
  let last: Promise<unknown> = Promise.resolve();

  const twin = options.build({
    clock: { now: () => replayedAt ?? clock.now() },
    random: () => random(),
    send: (request) =>
      replayedAt === null ? options.send(request) : Promise.resolve({ status: 200, headers: {}, body: '' }),
  });

  for (const line of journal.lines()) {
    replayedAt = line.at;
    untold = line.kind === 'told' ? 0 : untold + 1;
    if (line.kind === 'told') await twin.runOnce(line.at);
    else await serveAgain(line);
  }
  replayedAt = null;
  random = createRandom(seedOf(options.random));

  function serve({ seed }: Pick<RequestLine, 'seed'>, request: TwinRequest): Promise<TwinResponse> {
    random = createRandom(seed);
    return twin.handle(request);
  }

  async function serveAgain(line: RequestLine): Promise<void> {
    const headers = { 'content-type': 'application/json', ...credentials };
    const response = await serve(line, { ...line, headers });
    if (hadEffect(response)) return;
    throw invalidConfiguration(
      `What the ${twin.name} twin keeps cannot be served again (${line.method} ${line.path}: ${response.status}); remove the data directory and start anew.`,
    );
  }

  async function serveAndKeep(request: TwinRequest): Promise<TwinResponse> {
    const { method, path, body } = request;
    const line: RequestLine = {
      kind: 'request',
      at: clock.now(),
      seed: seedOf(options.random),
      method,
      path,
      body,
    };
    const response = await serve(line, request);
    if (!hadEffect(response)) return response;
    untold += 1;
    if (isReset(request)) journal.restart(line);
    else journal.append(line);
    return response;
  }

  /** One after the other, so that each draws from its own seed. */
  function inTurn(request: TwinRequest): Promise<TwinResponse> {
    const turn = last.then(() => serveAndKeep(request));
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    name: twin.name,
    gate: (hook) => twin.gate(hook),
    async handle(request) {
      if (!isChange(request, isWrite)) return twin.handle(request);
      const response = await inTurn(request);
      if (isReset(request) && response.status === 200) await onReset();
      return response;
    },
    async runOnce(now) {
      if (!isTelling) return { delivered: 0, nextDueAt: null };
      const before = untold;
      const report = await twin.runOnce(now);
      if (report.nextDueAt === null && untold > 0 && untold === before) {
        untold = 0;
        journal.append({ kind: 'told', at: clock.now() });
      }
      return report;
    },
    startTelling() {
      isTelling = true;
    },
  };
}

function isChange(request: TwinRequest, isWrite: (request: TwinRequest) => boolean): boolean {
  if (!request.path.startsWith('/_twin/')) return isWrite(request);
  return request.method !== 'GET' && !request.path.startsWith('/_twin/faults');
}

function isReset({ path }: TwinRequest): boolean {
  return path.startsWith('/_twin/reset');
}

/** An answer that got lost on its way says nothing about the effect. */
function hadEffect({ status, drop }: TwinResponse): boolean {
  return drop === 'after_effect' || (drop === undefined && status >= 200 && status < 300);
}

function seedOf(random: () => number): number {
  return Math.floor(random() * 0x1_0000_0000);
}
