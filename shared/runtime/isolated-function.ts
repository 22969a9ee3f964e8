/**
 * One function in a process of its own: what `--isolate` starts. It runs the stock server code of
 * functions-framework; only the listening differs, because the framework's command takes all interfaces.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { createSystemClock } from '#shared/platform/local/clock.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { closeComposed } from './compose.ts';
import { endOnFault } from './end-on-fault.ts';
import { FUNCTIONS_DIRECTORY } from './manifest.ts';

const functionName = process.argv[2] ?? '';
endOnFault(createLogger({ clock: createSystemClock(), fields: { function: functionName } }));
await import(new URL(`${functionName}/index.ts`, FUNCTIONS_DIRECTORY).href);
const server = getTestServer(functionName).listen(0, '127.0.0.1');
await once(server, 'listening');

/** Answers what has begun and closes the data; nothing holds the process then. The host's end ends it too. */
function drain(): void {
  server.close(() => {
    void closeComposed().finally(() => {
      if (process.connected) process.disconnect();
    });
  });
  server.closeIdleConnections();
}

process.once('SIGTERM', drain);
process.once('disconnect', drain);
// Ctrl-C reaches the whole group: the host decides, and tells its children.
process.on('SIGINT', () => undefined);
process.send?.({ kind: 'listening', port: (server.address() as AddressInfo).port });
