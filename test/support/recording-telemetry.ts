import type { LogFields, Severity, Telemetry } from '#shared/ports/telemetry.ts';

/** Telemetry that is kept and can be looked at. */
export interface RecordingTelemetry extends Telemetry {
  readonly lines: readonly {
    readonly severity: Severity;
    readonly event: string;
    readonly fields: LogFields;
  }[];
  /** Sum of a counter over all labels. */
  total(metric: string): number;
}

/** Creates telemetry that prints nothing. */
export function createRecordingTelemetry(): RecordingTelemetry {
  const lines: { severity: Severity; event: string; fields: LogFields }[] = [];
  const totals = new Map<string, number>();
  return {
    lines,
    log: (severity, event, fields = {}) => void lines.push({ severity, event, fields }),
    count: (metric, _labels, by = 1) => void totals.set(metric, (totals.get(metric) ?? 0) + by),
    total: (metric) => totals.get(metric) ?? 0,
  };
}
