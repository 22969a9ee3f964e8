import { fieldOf } from '#shared/model/field-value.ts';
import { FieldPath, type EntityType } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Sight } from './masking.ts';

/** Fields by which people know a business entity, the best first; the parts of one go together. */
const TITLE_FIELDS: readonly (readonly FieldPath[])[] = [
  [FieldPath('firstName'), FieldPath('lastName')],
  [FieldPath('name')],
  [FieldPath('title')],
  [FieldPath('email')],
  [FieldPath('number')],
];

/** What a record is called: by what holds true of it, else by its type and an id. A hidden field names nothing. */
export function titleOf(record: RecordDocument, sight: Sight): string {
  const golden = Object.fromEntries(Object.entries(record.golden).map(([path, { value }]) => [path, value]));
  for (const fields of TITLE_FIELDS) {
    const said = fields
      .filter((path) => !sight.isHidden(path))
      .map((path) => fieldOf(golden, path))
      .flatMap((value) =>
        value.state === 'value' ? [typeof value.value === 'object' ? '' : String(value.value).trim()] : [],
      )
      .filter((text) => text !== '');
    if (said.length > 0) return said.join(' ');
  }
  return unnamed(record.type, Object.values(record.links)[0]?.nativeId ?? record.id);
}

function unnamed(type: EntityType, id: string): string {
  return `${type} ${id}`;
}
