import { expectTypeOf, test } from 'vitest';

import type { CollectionDefinition } from '#shared/model/document.ts';
import type { ObservationMethod } from '#shared/model/vocabulary.ts';

test('the ways an observation is obtained are a closed list', () => {
  expectTypeOf<ObservationMethod>().toEqualTypeOf<
    'read' | 'read_back' | 'write_response' | 'webhook' | 'poll' | 'sweep'
  >();
});

test('every collection has to say what erasing a person does to it', () => {
  expectTypeOf<CollectionDefinition['erasure']>().toEqualTypeOf<
    'replace_values' | 'delete' | 'keep_without_personal_data' | 'holds_none'
  >();
  expectTypeOf<Omit<CollectionDefinition, 'erasure'>>().not.toExtend<CollectionDefinition>();
});
