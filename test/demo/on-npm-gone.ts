const LOOK_EVERY_MS = 250;

/**
 * Calls back when the npm that started this process is gone. npm passes on what asks it to end; when it is killed,
 * it cannot, and nobody else would tell. Started any other way, nothing is watched.
 */
export function onNpmGone(callback: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    callback();
  }, LOOK_EVERY_MS);
  watch.unref();
}
