import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_ADDRESSES, signerAccount } from '#shared/platform/local/addresses.ts';
import { type Database, openDatabase } from '#shared/platform/local/database.ts';
import type { DeliveringPortOptions } from '#shared/platform/local/delivering-port.ts';
import type { Grouping } from '#shared/platform/local/group-commit.ts';
import {
  createLocalIdentity,
  createLocalIssuer,
  temporaryIdentityKey,
} from '#shared/platform/local/identity.ts';
import type { Identity } from '#shared/ports/identity.ts';
import type { Pump } from '#shared/ports/pump.ts';
import { type DeliveryRecorder, createDeliveryRecorder } from './delivery-recorder.ts';
import { type ManualClock, createManualClock } from './manual-clock.ts';
import { type RecordingTelemetry, createRecordingTelemetry } from './recording-telemetry.ts';

/** Everything a delivering port of the embedded platform needs, over one file in a folder of its own. */
export interface LocalDeliverySetup {
  readonly clock: ManualClock;
  readonly recorder: DeliveryRecorder;
  readonly telemetry: RecordingTelemetry;
  readonly identity: Identity;
  readonly directory: string;
  readonly database: () => Database;
  /** Options over the database as it is open now. */
  readonly options: () => DeliveringPortOptions;
  /** Ends the process without notice, one turn of the event loop from now: what is not committed by then is gone. */
  readonly reopen: () => Promise<void>;
  readonly close: () => void;
}

/** Opens a fresh setup. */
export function createLocalDeliverySetup(grouping: Grouping = 'immediate'): LocalDeliverySetup {
  const directory = mkdtempSync(join(tmpdir(), 'concord-'));
  const file = join(directory, 'concord.sqlite');
  const clock = createManualClock();
  const recorder = createDeliveryRecorder();
  const telemetry = createRecordingTelemetry();
  const issuer = createLocalIssuer({ key: temporaryIdentityKey(), clock });
  const { audienceOf, emailOf } = DEFAULT_ADDRESSES;
  let database = openDatabase({ file, durability: 'relaxed' });

  return {
    clock,
    recorder,
    telemetry,
    directory,
    identity: createLocalIdentity({ email: emailOf('fn-test'), issuer }),
    database: () => database,
    options: () => ({
      database,
      grouping,
      clock,
      telemetry,
      deliver: recorder.deliver,
      bearer: (target) => `Bearer ${issuer.tokenAs(emailOf(signerAccount(target)), audienceOf(target))}`,
      isHost: true,
    }),
    async reopen() {
      await new Promise((resolve) => setImmediate(resolve));
      database.close();
      database = openDatabase({ file, durability: 'relaxed' });
    },
    close() {
      database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const MAX_TURNS = 10_000;

/** Moves time on, stopping wherever a pump has something due, until nothing is due before the end. */
export async function advancePumps(
  clock: ManualClock,
  pumps: () => readonly Pump[],
  byMs: number,
): Promise<void> {
  const until = clock.now() + byMs;
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const reports = [];
    for (const pump of pumps()) reports.push(await pump.runOnce(clock.now()));
    const dueTimes = reports.flatMap(({ nextDueAt }) => (nextDueAt === null ? [] : [nextDueAt]));
    const isIdle = reports.every(({ delivered }) => delivered === 0);
    const nextDueAt = Math.min(...dueTimes);
    if (isIdle && nextDueAt > until) break;
    if (isIdle && nextDueAt > clock.now()) clock.advanceTo(nextDueAt);
  }
  if (until > clock.now()) clock.advanceTo(until);
}
