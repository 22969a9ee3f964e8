import { describe, expect, test } from 'vitest';
import { unheldValues } from '#functions/console/api/override-values.ts';
import { client } from '#shared/clients/demo/client.ts';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';
import { FieldPath } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';

const setting = (path: string, value: JsonValue) =>
  unheldValues(client, {
    overrides: { [FieldPath(path)]: { kind: 'value', value: value === null ? CLEARED : valueOf(value) } },
  });

describe('a value that an operator sets', () => {
  test.each<[string, JsonValue]>([
    ['firstName', 'Zoë'],
    ['phone', '202 555 0143'],
    ['taxExempt', true],
    ['taxExempt', null],
    ['email', null],
  ])('%s may be %j', (path, value) => {
    expect(setting(path, value)).toEqual({});
  });

  test.each<[string, JsonValue, string]>([
    ['taxExempt', 'banana', 'empty'],
    ['taxExempt', false, 'empty'],
    ['firstName', { x: 'y' }, '"{\\"x\\":\\"y\\"}"'],
    ['firstName', 7, '"7"'],
  ])('%s may not be %j, for a system would give back %s', (path, value, back) => {
    expect(setting(path, value)).toEqual({
      [`overrides.${path}.value`]: expect.stringContaining(`it would read back as ${back}`),
    });
  });

  test('is not looked at where the client does not have the field: that is said elsewhere', () => {
    expect(setting('shoeSize', 'x')).toEqual({});
  });
});
