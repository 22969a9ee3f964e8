import type { Route } from './route.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { HEALTH_ROUTES } from './routes/health.ts';
import { ME_ROUTES } from './routes/me.ts';
import { SETTINGS_ROUTES } from './routes/settings.ts';

/** Every address of the API. What is not in this table does not exist, and each entry names what it needs. */
export const ROUTES: readonly Route[] = [...ME_ROUTES, ...HEALTH_ROUTES, ...AUDIT_ROUTES, ...SETTINGS_ROUTES];
