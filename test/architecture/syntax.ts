import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { parseSync } from '@swc/core';

/** Absolute path of the checkout, with a slash at its end. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** A node of a syntax tree, read by key: `type` says which keys it has. */
export type SyntaxNode = Readonly<Record<string, unknown>> & { readonly type: string };

/** Paths below the checkout that match, sorted, with forward slashes. */
export function filesMatching(...patterns: readonly string[]): readonly string[] {
  const exclude = (path: string): boolean => path.includes('node_modules');
  return globSync([...patterns], { cwd: REPOSITORY, exclude }).toSorted();
}

export function readSource(path: string): string {
  return readFileSync(`${REPOSITORY}${path}`, 'utf8');
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function* descend(value: unknown): Generator<SyntaxNode> {
  if (isNode(value)) yield value;
  if (Array.isArray(value)) for (const element of value) yield* descend(element);
  else if (typeof value === 'object' && value !== null)
    for (const child of Object.values(value)) yield* descend(child);
}

/** Every node of a source text; comments and the inside of strings are none. */
export function nodesOf(source: string): readonly SyntaxNode[] {
  return [...descend(parseSync(source, { syntax: 'typescript', tsx: false, target: 'es2024' }))];
}

/** The name a node spells, if it is an identifier. */
export function nameOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' && typeof node['value'] === 'string'
    ? node['value']
    : null;
}

/** Names of the functions a source calls, members as `object.method`. */
export function callsIn(source: string): readonly { readonly callee: string; readonly node: SyntaxNode }[] {
  return nodesOf(source).flatMap((node) => {
    if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return [];
    const callee = calleeName(node['callee']);
    return callee === null
      ? []
      : [{ callee: node.type === 'NewExpression' ? `new ${callee}` : callee, node }];
  });
}

function calleeName(callee: unknown): string | null {
  if (!isNode(callee) || callee.type !== 'MemberExpression') return nameOf(callee);
  const [object, property] = [nameOf(callee['object']), nameOf(callee['property'])];
  return object === null || property === null ? null : `${object}.${property}`;
}
