/** A small tree that breaks one layer rule and no other. Paths are relative to the tree's root. */
export interface LayerViolation {
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
  /** Other rules the tree cannot help breaking on the way. */
  readonly alsoBreaks?: readonly string[];
}

/** A file at `from` that imports the file at `to`, which exists. */
function importing(rule: string, from: string, specifier: string, to: string): LayerViolation {
  const declaration = `import { target } from '${specifier}';\nexport const used = target;\n`;
  return { rule, files: { [from]: declaration, [to]: 'export const target = 1;\n' } };
}

/** As `importing`, with the alias that imports across areas have to use. */
function crossing(rule: string, from: string, to: string): LayerViolation {
  return importing(rule, from, `#${to}`, to);
}

function using(rule: string, from: string, specifier: string): LayerViolation {
  return { rule, files: { [from]: `import { target } from '${specifier}';\nexport const used = target;\n` } };
}

const layers: readonly LayerViolation[] = [
  crossing('layer-model', 'shared/model/a.ts', 'shared/ports/b.ts'),
  crossing('layer-errors', 'shared/errors/a.ts', 'shared/ports/b.ts'),
  crossing('layer-ports', 'shared/ports/a.ts', 'shared/telemetry/b.ts'),
  crossing('layer-telemetry', 'shared/telemetry/a.ts', 'shared/engine/b.ts'),
  crossing('layer-config', 'shared/config/a.ts', 'shared/runtime/b.ts'),
  crossing('layer-identity', 'shared/identity/a.ts', 'shared/authority/b.ts'),
  crossing('layer-authority', 'shared/authority/a.ts', 'shared/drift/b.ts'),
  crossing('layer-drift', 'shared/drift/a.ts', 'shared/reconciliation/b.ts'),
  crossing('layer-reconciliation', 'shared/reconciliation/a.ts', 'shared/workflows/b.ts'),
  crossing('layer-messaging', 'shared/messaging/a.ts', 'shared/connectors/b.ts'),
  crossing('layer-engine', 'shared/engine/a.ts', 'shared/authority/b.ts'),
  crossing('layer-tagging', 'shared/tagging/a.ts', 'shared/authority/b.ts'),
  crossing('layer-connectors', 'shared/connectors/a.ts', 'shared/connectors/hubspot/webhook.ts'),
  crossing('layer-workflows', 'shared/workflows/a.ts', 'shared/connectors/hubspot/webhook.ts'),
  crossing('layer-platform', 'shared/platform/local/a.ts', 'shared/messaging/b.ts'),
  crossing('layer-clients', 'shared/clients/demo/a.ts', 'shared/platform/local/b.ts'),
  importing(
    'layer-vendor',
    'shared/connectors/hubspot/a.ts',
    '../shopify/b.ts',
    'shared/connectors/shopify/b.ts',
  ),
  crossing('layer-runtime', 'shared/runtime/a.ts', 'functions/poller/b.ts'),
  crossing('layer-functions', 'functions/poller/a.ts', 'shared/platform/local/b.ts'),
  crossing('functions-apart', 'functions/poller/a.ts', 'functions/watchdog/b.ts'),
  importing('layer-unlisted', 'shared/misc/a.ts', './b.ts', 'shared/misc/b.ts'),
  {
    rule: 'layer-web',
    files: {
      'functions/console/web/a.ts':
        "import type { Target } from '#shared/engine/b.ts';\nexport type Used = Target;\n",
      'shared/engine/b.ts': 'export type Target = 1;\n',
    },
  },
  crossing('web-types-only', 'functions/console/web/a.ts', 'shared/model/b.ts'),
];

const boundaries: readonly LayerViolation[] = [
  {
    rule: 'no-cycles',
    files: {
      'shared/model/a.ts': "import type { B } from './b.ts';\nexport type A = B | 1;\n",
      'shared/model/b.ts': "import type { A } from './a.ts';\nexport type B = A | 2;\n",
    },
  },
  using('no-unresolved', 'shared/model/a.ts', './gone.ts'),
  crossing('no-test-in-product', 'functions/poller/a.ts', 'test/support/b.ts'),
  using('no-dev-package-in-product', 'shared/runtime/a.ts', 'some-dev-package'),
  importing('alias-across-areas', 'shared/ports/a.ts', '../model/b.ts', 'shared/model/b.ts'),
  {
    rule: 'no-barrel',
    files: {
      'shared/model/a.ts': "export { target } from './b.ts';\n",
      'shared/model/b.ts': 'export const target = 1;\n',
    },
  },
  importing('platforms-apart', 'shared/platform/gcp/a.ts', '../local/b.ts', 'shared/platform/local/b.ts'),
  importing('clients-apart', 'shared/clients/demo/a.ts', '../other/b.ts', 'shared/clients/other/b.ts'),
  crossing('one-door', 'functions/console/a.ts', 'shared/connectors/hubspot/write.ts'),
  {
    rule: 'tags-cannot-steer',
    files: {
      'shared/workflows/a.ts': "import { via } from '#shared/config/via.ts';\nexport const used = via;\n",
      'shared/config/via.ts':
        "import { target } from '#shared/tagging/tag.ts';\nexport const via = target;\n",
      'shared/tagging/tag.ts': 'export const target = 1;\n',
    },
    // Whatever stands between breaks the table too: this rule names the reason, should the table ever widen.
    alsoBreaks: ['layer-config', 'tag-readers'],
  },
  crossing('tag-readers', 'functions/poller/a.ts', 'shared/tagging/tag.ts'),
];

const packages: readonly LayerViolation[] = [
  using('pure-packages', 'shared/engine/a.ts', 'some-package'),
  using('pure-builtins', 'shared/drift/a.ts', 'node:os'),
  using('google-in-platform', 'shared/runtime/a.ts', '@google-cloud/firestore'),
  using('framework-at-entries', 'functions/poller/a.ts', '@google-cloud/functions-framework'),
  using('hubspot-sdk', 'shared/runtime/a.ts', '@hubspot/api-client'),
  using('shopify-sdk', 'shared/connectors/hubspot/a.ts', '@shopify/shopify-api'),
  using('sockets-in-platform', 'shared/runtime/a.ts', 'undici'),
  using('files-at-the-edge', 'functions/poller/a.ts', 'node:fs'),
];

/** One planted violation per rule. */
export const LAYER_VIOLATIONS: readonly LayerViolation[] = [...layers, ...boundaries, ...packages];
