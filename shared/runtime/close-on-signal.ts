/**
 * Closes something once when the process is asked to end, and then ends it. A second signal ends it at
 * once: whoever presses twice does not want to wait.
 */
export function closeOnSignal(closing: { close(): Promise<void> }): void {
  let isAsked = false;

  function onSignal(): void {
    if (isAsked) process.exit(130);
    isAsked = true;
    closing.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  }

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
