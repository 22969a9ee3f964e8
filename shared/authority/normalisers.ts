import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import { normalEmail } from '#shared/model/email.ts';
import type { JsonValue } from '#shared/model/json.ts';

/** The forms in which values of a field are compared. Policies and the console use these names. */
export const NORMALISERS = ['exact', 'text', 'email', 'phone'] as const;
export type NormaliserName = (typeof NORMALISERS)[number];

export interface NormaliserOptions {
  /** Region in which a phone number without country code is read, for example `US`. */
  readonly region: string;
}

const TEXT_FORMS: Readonly<Record<NormaliserName, (text: string, options: NormaliserOptions) => string>> = {
  exact: (text) => text,
  text: normalText,
  email: normalEmail,
  phone: normalPhone,
};

/**
 * Brings a value to the form in which it is compared. Idempotent; values that are no text come back
 * unchanged.
 *
 * - `exact`: as it is.
 * - `text`: trimmed, NFC; inner space and case stay.
 * - `email`: trimmed, lower case, NFC.
 * - `phone`: E.164, with `;ext=` where there is an extension; text that is no phone number is trimmed.
 */
export function normalise(name: NormaliserName, value: JsonValue, options: NormaliserOptions): JsonValue {
  return typeof value === 'string' ? TEXT_FORMS[name](value, options) : value;
}

function normalText(text: string): string {
  return text.normalize('NFC').trim();
}

function normalPhone(text: string, { region }: NormaliserOptions): string {
  const trimmed = text.trim();
  const parsed = parsePhoneNumberFromString(trimmed, {
    extract: false,
    ...(isSupportedCountry(region) ? { defaultCountry: region } : {}),
  });
  // Possible, not valid: number plans change faster than the table of them that is compiled in.
  if (parsed === undefined || !parsed.isPossible()) return trimmed;
  return parsed.ext === undefined ? parsed.number : `${parsed.number};ext=${parsed.ext}`;
}
