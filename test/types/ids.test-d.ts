import { expectTypeOf, test } from 'vitest';

import type { NativeId, RecordId } from '#shared/model/ids.ts';

test('a native id of a system cannot stand in for a record id', () => {
  expectTypeOf<NativeId>().not.toExtend<RecordId>();
  expectTypeOf<string>().not.toExtend<RecordId>();
});
