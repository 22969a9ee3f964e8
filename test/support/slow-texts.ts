/** What a field says, in the plain worlds of the slow comparison. */
export type Text = string | null | undefined;

/** Whether two say the same in every field. */
export function same(a: readonly Text[], b: readonly Text[]): boolean {
  return a.every((text, field) => plain(text) === plain(b[field]));
}

/** Whether a text is known to say nothing. */
export function isEmpty(text: Text): boolean {
  return plain(text) === null;
}

/** The one form in which texts are compared: no capitals, no blanks around it, and blanks alone are nothing. */
export function plain(text: Text): Text {
  if (text == null) return text;
  const trimmed = text.trim().toLowerCase();
  return trimmed === '' ? null : trimmed;
}

/** Whether something is known of every field. */
export function areKnown(texts: readonly Text[]): boolean {
  return texts.every((text) => text !== undefined);
}
