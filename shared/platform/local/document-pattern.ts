/** Tests whether a document's path, in the client's scope, matches a pattern. */
export type PathMatcher = (path: string) => boolean;

/**
 * Compiles a trigger's document pattern: `{name}` stands for one segment, a last `{name=**}` for any number
 * from one on, everything else for itself.
 */
export function compileDocumentPattern(pattern: string): PathMatcher {
  const expected = pattern.split('/');
  const isOpen = /^\{[^}]*=\*\*\}$/.test(expected.at(-1) ?? '');
  const fixed = isOpen ? expected.slice(0, -1) : expected;
  return (path) => {
    const segments = path.split('/');
    const isLong = isOpen ? segments.length > fixed.length : segments.length === fixed.length;
    return (
      isLong && fixed.every((segment, index) => /^\{[^}]*\}$/.test(segment) || segment === segments[index])
    );
  };
}
