/** Lines of columns that stand below each other. The last column is as long as it is. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return columns([headings.map((heading) => heading.toUpperCase()), ...rows]);
}

/** The same without headings, for names beside their values. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A block below its title. Nothing for no lines, so that no title stands over nothing. */
export function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - widthOf(cell)));
}

/** Signs as a reader counts them: an accent belongs to its letter. */
function widthOf(text: string): number {
  let width = 0;
  for (const _ of SEGMENTER.segment(text)) width += 1;
  return width;
}

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });
