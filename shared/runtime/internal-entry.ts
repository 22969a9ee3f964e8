import { answer, MAX_BODY_BYTES, type Entry, type EntryRequest } from './entry.ts';
import type { Channel, Outcome } from './ack.ts';
import type { CallerGuard } from './caller-guard.ts';
import { settle, type EntrySettings } from './settle.ts';

/** One trigger of an internal function: how its requests are read and who handles them. */
export interface InternalRoute {
  readonly channel: Channel;
  handle(request: EntryRequest): Promise<Outcome>;
}

export interface InternalEntryOptions extends EntrySettings {
  readonly guard: CallerGuard;
  /** By path below the function's URL. A function with several triggers has several. */
  readonly routes: Readonly<Record<string, InternalRoute>>;
}

/** The entry of a function that only the platform calls. The caller is checked before anything is read. */
export function createInternalEntry(options: InternalEntryOptions): Entry {
  const routes = new Map(Object.entries(options.routes));
  const fallback: InternalRoute = {
    channel: 'http',
    handle: async () => ({ status: 'rejected', reason: 'not_found' }),
  };

  async function handle(route: InternalRoute, request: EntryRequest): Promise<Outcome> {
    await options.guard.check(request);
    if (request.body.byteLength > MAX_BODY_BYTES) return { status: 'rejected', reason: 'too_large' };
    if (request.method !== 'POST') return { status: 'rejected', reason: 'method_not_allowed' };
    return route.handle(request);
  }

  return async function internalEntry(request) {
    const route = routes.get(request.path) ?? fallback;
    const outcome = await settle<never>(options, route.channel, () => handle(route, request));
    return answer(outcome, route.channel);
  };
}
