/**
 * The one form of an e-mail address in which two of them are compared: trimmed, lower case, NFC.
 * Natural keys and the normaliser `email` both use it, so that a match and a comparison never disagree.
 * Applying it twice changes nothing.
 */
export function normalEmail(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC').trim();
}
