import { z } from 'zod';
import { Capability } from '#shared/model/capabilities.ts';
import { readHealth } from '../health.ts';
import { readRoute, type Route } from '../route.ts';

export const HEALTH_ROUTES: readonly Route[] = [
  readRoute({
    path: '/health',
    capability: Capability.readOverview,
    params: z.strictObject({}),
    query: z.strictObject({}),
    read: async ({ ports, pumps }) => ({ kind: 'found', body: await readHealth(ports, pumps()) }),
  }),
];
