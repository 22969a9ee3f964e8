import type { PumpReport } from '#shared/ports/pump.ts';

import type { ActClock } from './act-clock.ts';
import type { Answer } from './answer.ts';
import { handleControl, type ControlRecords } from './control.ts';
import type { Fault, FaultBook } from './faults.ts';
import type { StatsCounter } from './stats.ts';
import type { BeforeHandle, Twin, TwinOptions, TwinRequest, TwinResponse } from './twin.ts';
import type { WriteDraft, WriteLog } from './write-log.ts';

/** The vendor's own side of a twin. Everything is synchronous, so that a request is one atomic step. */
export interface VendorSide {
  /** For statistics and for the `path` of faults. */
  describe(request: TwinRequest): { readonly endpoint: string; readonly label: string };
  /** The writes that a request asks for; empty for a read. Changes nothing. */
  writesOf(request: TwinRequest): readonly WriteDraft[];
  serve(request: TwinRequest): Answer;
  /** The vendor's own form of "too many requests" and of an internal failure. */
  refuseRate(request: TwinRequest): Answer;
  fail(request: TwinRequest): Answer;
  readonly records: Readonly<Record<string, ControlRecords>>;
  /** Empties the vendor. A seed restarts its randomness. */
  reset(seed: number | undefined): void;
}

/** The parts that vendor and shell share. */
export interface TwinParts {
  readonly faults: FaultBook;
  readonly stats: StatsCounter;
  readonly writes: WriteLog;
  readonly outbox: { runOnce(now: number): Promise<PumpReport>; pending(): number; clear(): void };
}

/** How long a dropped answer keeps its caller waiting before the connection breaks. */
const DROPPED_AFTER_MS = 120_000;

interface PutOff {
  readonly request: TwinRequest;
  readonly dueAt: number;
}

/**
 * Wraps a vendor's side into a twin: control side, faults, latency, statistics, write log. The vendor's side
 * reads the same clock, which stands still while a request is served.
 */
export function createTwin(
  name: string,
  options: TwinOptions & { readonly clock: ActClock },
  parts: TwinParts,
  vendor: VendorSide,
): Twin {
  const { clock, random } = options;
  const { faults, stats, writes, outbox } = parts;
  let gate: BeforeHandle | null = options.beforeHandle ?? null;
  let putOff: PutOff[] = [];

  const control = {
    types: vendor.records,
    faults,
    writes,
    stats,
    pendingWebhooks: () => outbox.pending(),
    reset(seed: number | undefined) {
      putOff = [];
      outbox.clear();
      faults.clear();
      writes.clear();
      stats.clear();
      vendor.reset(seed);
    },
  };

  function settle(request: TwinRequest, serve: (request: TwinRequest) => Answer): Answer {
    return clock.during(() => serveAndLog(request, serve));
  }

  function serveAndLog(request: TwinRequest, serve: (request: TwinRequest) => Answer): Answer {
    const drafts: readonly WriteDraft[] = vendor.writesOf(request);
    const answer = serve(request);
    for (const [index, draft] of drafts.entries()) {
      const outcome = answer.outcomes?.[index] ?? { id: draft.id, accepted: false };
      writes.add(clock.now(), draft, answer.status, outcome);
    }
    if (answer.rateLimited === true) stats.rateLimited();
    return answer;
  }

  function landPutOff(now: number): void {
    const due = putOff.filter((item) => item.dueAt <= now);
    if (due.length === 0) return;
    putOff = putOff.filter((item) => item.dueAt > now);
    for (const { request } of due) settle(request, (late) => vendor.serve(late));
  }

  function latency(): number {
    const range = options.latencyMs ?? 0;
    if (typeof range === 'number') return range;
    return Math.round(range[0] + random() * (range[1] - range[0]));
  }

  function dropped(drop: 'before_effect' | 'after_effect'): TwinResponse {
    return { status: 0, headers: {}, body: '', delayMs: DROPPED_AFTER_MS, drop };
  }

  function serve(request: TwinRequest, fault: Fault | null): TwinResponse {
    const delayMs = latency();
    switch (fault?.kind) {
      case 'timeout':
        return dropped('before_effect');
      case 'timeout-after-effect':
        if (fault.ms === 0) settle(request, (asked) => vendor.serve(asked));
        else putOff.push({ request, dueAt: clock.now() + fault.ms });
        return dropped('after_effect');
      case '429':
        return { ...toResponse(settle(request, (asked) => vendor.refuseRate(asked))), delayMs };
      case '500':
        return { ...toResponse(settle(request, (asked) => vendor.fail(asked))), delayMs };
      case 'slow':
        return {
          ...toResponse(settle(request, (asked) => vendor.serve(asked))),
          delayMs: delayMs + fault.ms,
        };
      default:
        return { ...toResponse(settle(request, (asked) => vendor.serve(asked))), delayMs };
    }
  }

  return {
    name,
    async handle(request) {
      if (/^\/_twin(?![^/?])/.test(request.path)) {
        landPutOff(clock.now());
        return { ...toResponse(clock.during(() => handleControl(control, request))), delayMs: 0 };
      }
      await gate?.(request);
      landPutOff(clock.now());
      const { endpoint, label } = vendor.describe(request);
      stats.call(endpoint);
      // As every HTTP server does: the vendor's clock, to the second.
      const date = new Date(clock.now()).toUTCString();
      const answer = serve(
        request,
        faults.draw(['timeout', 'timeout-after-effect', '429', '500', 'slow'], label),
      );
      return { ...answer, headers: { ...answer.headers, date } };
    },
    async runOnce(now) {
      landPutOff(now);
      const report = await outbox.runOnce(now);
      const landsAt = putOff.reduce(
        (earliest, { dueAt }) => Math.min(earliest, dueAt),
        Number.POSITIVE_INFINITY,
      );
      const dueAt = Math.min(report.nextDueAt ?? Number.POSITIVE_INFINITY, landsAt);
      return { delivered: report.delivered, nextDueAt: Number.isFinite(dueAt) ? dueAt : null };
    },
    gate(hook) {
      gate = hook;
    },
  };
}

function toResponse({ status, headers, body }: Answer): Omit<TwinResponse, 'delayMs'> {
  return { status, headers, body };
}
