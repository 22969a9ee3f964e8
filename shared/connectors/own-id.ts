import { RecordId } from '#shared/model/ids.ts';

/** `rec_` and a ULID: 26 digits of Crockford's base 32, the first of which carries three bits. */
const RECORD_ID = /^rec_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Our own id as a vendor gives it back. Null for anything else: people can write into that place too. */
export function parseOwnId(value: string | null | undefined): RecordId | null {
  return typeof value === 'string' && RECORD_ID.test(value) ? RecordId(value) : null;
}
