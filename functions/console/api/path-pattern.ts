/** Decoded parts of a path, by name. */
export type PathMatch = Readonly<Record<string, string>>;

/**
 * Compares a path as it was sent with a pattern such as `/records/:id`. A part never spans a slash, also not an
 * encoded one, and is never empty.
 *
 * @returns null when the path is not of the pattern.
 */
export function matchPath(pattern: string, path: string): PathMatch | null {
  const expected = pattern.split('/');
  const parts = path.split('/');
  if (expected.length !== parts.length) return null;
  const named: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const wanted = expected[index] ?? '';
    const decoded = decodedOrNull(part);
    if (decoded === null) return null;
    if (!wanted.startsWith(':')) {
      if (wanted !== decoded) return null;
    } else if (decoded === '' || decoded.includes('/')) {
      return null;
    } else {
      named[wanted.slice(1)] = decoded;
    }
  }
  return named;
}

function decodedOrNull(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
