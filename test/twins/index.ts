/**
 * Twins: strict local stand-ins for the vendors, for tests and for the demo.
 *
 * - `createHubspotTwin`, `createShopifyTwin` build one. It has no socket and no timer: `handle` answers a
 *   request at once and says in `delayMs` and `drop` what the network does to the answer; `runOnce(now)` sends
 *   the webhooks that are due, so that virtual time can drive it.
 * - `createTwinHttp` is the `Http` port of a mesh that lives in the same process.
 * - `serveTwin` puts a twin on 127.0.0.1 in real time, its control side below `/_twin/` included.
 * - `createTwinControl` is that control side as functions.
 */
export { createHubspotTwin, HUBSPOT_TWIN_TOKEN, type HubspotTwinOptions } from './hubspot/index.ts';
export { createShopifyTwin, SHOPIFY_TWIN_TOKEN, type ShopifyTwinOptions } from './shopify/index.ts';
export { createRandom } from './core/random.ts';
export { serveTwin } from './core/serve-twin.ts';
export { createTwinControl, type TwinControl } from './core/twin-control.ts';
export { createTwinHttp, type ElapsingClock } from './core/twin-http.ts';
export type { FaultInput } from './core/faults.ts';
export type { Twin, TwinRequest, TwinResponse } from './core/twin.ts';
export type { LoggedWrite } from './core/write-log.ts';
