const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Closes something when the process is asked to end; nothing else holds it then, so it ends. A second
 * signal ends it at once: whoever presses twice does not want to wait.
 */
export function closeOnSignal(closing: { close(): Promise<void> }): void {
  function onSignal(): void {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
    closing.close().catch(() => {
      process.exitCode = 1;
    });
  }

  for (const signal of SIGNALS) process.on(signal, onSignal);
}
