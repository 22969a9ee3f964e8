import { z } from 'zod';
import { Capability, CAPABILITIES_OF } from '#shared/model/capabilities.ts';
import { toInstant } from '#shared/model/instant.ts';
import { readRoute, type Route } from '../route.ts';

export const ME_ROUTES: readonly Route[] = [
  readRoute({
    path: '/me',
    capability: Capability.readOverview,
    params: z.strictObject({}),
    query: z.strictObject({}),
    async read({ ports, load }, { operator }) {
      const { client, release } = await load();
      const { id, name, email, role } = operator;
      return {
        kind: 'found',
        body: {
          user: { id, name, email },
          role,
          capabilities: CAPABILITIES_OF[role],
          scope: { entityTypes: client.entities.map(({ type }) => type) },
          client: { id: client.id },
          build: { release },
          serverTime: toInstant(ports.clock.now()),
        },
      };
    },
  }),
];
