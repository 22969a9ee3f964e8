const OWN_FRAME = /^ {4}at .*?\/((?:shared|functions)\/[\w./-]+\.ts:\d+):\d+\)?$/;
const ANY_FRAME = /^ {4}at .*?([\w.-]+\.[cm]?[jt]s:\d+):\d+\)?$/;

/**
 * Where an unexpected error arose: the innermost line of our own in its stack, as `shared/drift/compare.ts:71`,
 * else the innermost of anybody. Its message says more and is left out, for it may quote data (M14).
 */
export function locationOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
  const { stack, message } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  for (const pattern of [OWN_FRAME, ANY_FRAME]) {
    for (const frame of frames) {
      const found = pattern.exec(frame)?.[1];
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
