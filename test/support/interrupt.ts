import type { Side } from './mesh-world.ts';
import type { TwinRequest } from '#test/twins/index.ts';

/** Something that somebody does while the mesh is at work. */
export interface Interruption {
  /** False as long as no such request came: the story did not take place. */
  hasHappened(): boolean;
}

/** Lets somebody act while the first request of that kind is on its way. The vendor serves it after the act. */
export function interrupt(
  side: Side,
  isOfThatKind: (request: TwinRequest) => boolean,
  act: () => Promise<unknown>,
): Interruption {
  let hasHappened = false;
  side.twin.gate(async (request) => {
    if (hasHappened || !isOfThatKind(request)) return;
    hasHappened = true;
    await act();
  });
  return { hasHappened: () => hasHappened };
}

export function isCustomerCreate({ body }: TwinRequest): boolean {
  return body.includes('customerCreate');
}

export function isCustomerUpdate({ body }: TwinRequest): boolean {
  return body.includes('customerUpdate');
}

export function isContactCreate({ method, path }: TwinRequest): boolean {
  return method === 'POST' && path.endsWith('/contacts');
}

export function isContactUpdate({ method }: TwinRequest): boolean {
  return method === 'PATCH';
}

/** A look at a contact by its own id, and not by its address. */
export function isContactRead({ method, path }: TwinRequest): boolean {
  return method === 'GET' && /\/contacts\/\d+\?/.test(path);
}
