import { describe, expect, test } from 'vitest';

import { filesMatching, nameOf, nodesOf, readSource, type SyntaxNode } from './syntax.ts';

/** Types of the writing half of a connector. */
const WRITER_TYPES = new Set(['SystemWriter', 'UpdateRequest', 'CreateRequest', 'RemoveRequest']);

/** The apply door itself, the connectors behind it, and the composition root that joins them. */
const DOOR = [/^shared\/workflows\/(.+\/)?apply[^/]*\.ts$/, /^shared\/connectors\//, /^shared\/runtime\//];

/** The key a node takes out of an object, by member access or by destructuring; null for other nodes. */
function takenKey(node: SyntaxNode): string | null {
  if (node.type === 'KeyValuePatternProperty' || node.type === 'AssignmentPatternProperty')
    return nameOf(node['key']);
  if (node.type !== 'MemberExpression') return null;
  const property = node['property'] as SyntaxNode;
  if (property.type !== 'Computed') return nameOf(property);
  const key = property['expression'] as SyntaxNode;
  return key.type === 'StringLiteral' ? String(key['value']) : null;
}

function holdsWriter(source: string): boolean {
  return nodesOf(source).some((node) => WRITER_TYPES.has(nameOf(node) ?? '') || takenKey(node) === 'writer');
}

describe('one door for writes', () => {
  test('only apply, connectors and the composition root hold something that writes to a vendor', () => {
    const outside = filesMatching('shared/**/*.ts', 'functions/**/*.ts').filter(
      (path) => !DOOR.some((part) => part.test(path)),
    );

    const holders = outside.filter((path) => holdsWriter(readSource(path)));

    expect(outside.length).toBeGreaterThan(20);
    expect(holders).toEqual([]);
  });

  test.each([
    [
      'a parameter of the type',
      "import type { SystemWriter as W } from './connector.ts';\nexport const a = (w: W) => w;",
    ],
    [
      'a member of a connector',
      'export const a = (connector: Connector) => connector.writer.update(request);',
    ],
    ['a member under a text key', "export const a = (connector: Connector) => connector['writer'];"],
    ['a destructured member', 'export function a({ writer }: Connector) { return writer; }'],
    [
      'a destructured member under another name',
      'export function a({ writer: hidden }: Connector) { return hidden; }',
    ],
  ])('%s is seen as holding a writer', (_way, source) => {
    const found = holdsWriter(source);

    expect(found).toBe(true);
  });

  test.each([
    [
      'prose about the writer',
      "// The SystemWriter stays behind its door.\nexport const a = 'SystemWriter';",
    ],
    ['a grant in a policy', "export const rule = { writer: 'workflow:ship-order' };"],
  ])('%s is NOT seen as holding one', (_way, source) => {
    const found = holdsWriter(source);

    expect(found).toBe(false);
  });
});
