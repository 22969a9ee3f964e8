import { describe, expect, test } from 'vitest';
import { compileDocumentPattern } from '#shared/platform/local/document-pattern.ts';

describe('a document pattern', () => {
  test.each([
    ['crosswalks/{id}', 'crosswalks/hubspot:customer:501', true],
    ['crosswalks/{id}', 'crosswalks/a/parts/1', false],
    ['crosswalks/{id}', 'signals/a', false],
    ['records/{id}/history/{seq}', 'records/rec_1/history/7', true],
    ['records/{id}/history/{seq}', 'records/rec_1', false],
    ['records/rec_1', 'records/rec_2', false],
    ['records/{path=**}', 'records/rec_1/history/7', true],
    ['records/{path=**}', 'records', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(compileDocumentPattern(pattern)(path)).toBe(expected);
  });
});
