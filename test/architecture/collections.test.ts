import { describe, expect, test } from 'vitest';

import { COLLECTIONS } from '#shared/runtime/collections.ts';

import { callsIn, filesMatching, nameOf, readSource, type SyntaxNode } from './syntax.ts';

interface Property {
  readonly type: string;
  readonly key?: unknown;
  readonly value?: { readonly type: string; readonly value: unknown };
}

/** Names of the collections a source declares. A name that is not a plain text shows as `(computed)`. */
function declaredCollections(source: string): readonly string[] {
  return callsIn(source)
    .filter(({ callee }) => callee === 'defineCollection' || callee === 'defineSubCollection')
    .map(({ node }) => nameIn(node));
}

function nameIn(call: SyntaxNode): string {
  const [first] = call['arguments'] as readonly { readonly expression: SyntaxNode }[];
  const properties = (first?.expression['properties'] ?? []) as readonly Property[];
  const value = properties.find((property) => nameOf(property.key) === 'name')?.value;
  return value?.type === 'StringLiteral' ? String(value.value) : '(computed)';
}

describe('collections', () => {
  test('every collection declared in shared is set up by the runtime, and nothing else is', () => {
    const declared = filesMatching('shared/**/*.ts').flatMap((path) => declaredCollections(readSource(path)));

    const listed = COLLECTIONS.map((collection) => collection.name);

    expect(listed.length).toBeGreaterThan(0);
    expect(listed.toSorted()).toEqual(declared.toSorted());
  });

  test('a declaration is found with its name, whatever stands around it', () => {
    const source =
      "export const a = defineCollection<A>({ indexes: [], name: 'orders' });\nconst b = defineSubCollection({ name });";

    const found = declaredCollections(source);

    expect(found).toEqual(['orders', '(computed)']);
  });
});
