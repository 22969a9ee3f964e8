/**
 * Who may import whom, as data for dependency-cruiser: one rule per layer, generated from the table
 * below, and the rules that hold across layers. `dependencies.test.ts` shows that each of them can fail.
 */

const PURE = ['model', 'errors'];
const BASE = [...PURE, 'ports', 'telemetry', 'config'];
const DOMAIN = ['identity', 'authority', 'drift', 'reconciliation', 'messaging', 'engine'];

/** Area of `shared/` -> the other areas it may import. `connectors` stands for its top-level files. */
const MAY_IMPORT = {
  model: ['errors'],
  errors: ['model'],
  ports: PURE,
  telemetry: [...PURE, 'ports'],
  config: [...PURE, 'ports'],
  identity: BASE,
  authority: [...BASE, 'identity'],
  drift: [...BASE, 'identity', 'authority'],
  reconciliation: [...BASE, 'identity', 'authority', 'drift'],
  messaging: BASE,
  engine: BASE,
  tagging: [...PURE, 'ports'],
  connectors: [...PURE, 'ports', 'telemetry'],
  workflows: [...BASE, ...DOMAIN, 'connectors'],
  platform: [...PURE, 'ports', 'telemetry'],
  clients: [...BASE, ...DOMAIN, 'tagging', 'connectors', 'connectors/<vendor>', 'workflows'],
};

const OURS = '^(shared|functions|test)/';
const PRODUCT = '^(shared|functions)/';

function pathOf(area) {
  if (area === 'connectors') return '^shared/connectors/[^/]+$';
  if (area === 'connectors/<vendor>') return '^shared/connectors/[^/]+/';
  return `^shared/${area}/`;
}

function rule(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

function layerRule(area) {
  const allowed = [area, ...MAY_IMPORT[area]];
  return rule(
    `layer-${area}`,
    `shared/${area} may import only: ${MAY_IMPORT[area].join(', ')}`,
    { path: pathOf(area) },
    { path: OURS, pathNot: allowed.map(pathOf) },
  );
}

const layers = [
  ...Object.keys(MAY_IMPORT).map(layerRule),
  rule(
    'layer-vendor',
    'A vendor imports connectors/*.ts, what those may import, and itself; never another vendor.',
    { path: '^shared/connectors/([^/]+)/' },
    {
      path: OURS,
      pathNot: ['^shared/connectors/$1/', ...['connectors', ...MAY_IMPORT.connectors].map(pathOf)],
    },
  ),
  rule(
    'layer-unlisted',
    'Every folder of shared/ stands in the table.',
    {
      path: '^shared/[^/]+/',
      pathNot: [...Object.keys(MAY_IMPORT), 'runtime'].map((area) => `^shared/${area}/`),
    },
    { path: '.' },
  ),
  rule(
    'layer-runtime',
    'The composition root imports everything in shared, and nothing else of ours.',
    { path: '^shared/runtime/' },
    { path: OURS, pathNot: '^shared/' },
  ),
  rule(
    'layer-functions',
    'A function imports shared, except the platforms that runtime chooses from.',
    { path: '^functions/' },
    { path: '^shared/platform/' },
  ),
  rule(
    'functions-apart',
    'A function never imports another function.',
    { path: '^functions/([^/]+)/' },
    { path: '^functions/', pathNot: '^functions/$1/' },
  ),
  rule(
    'layer-web',
    'The console in the browser knows the model and the console API, nothing else of ours.',
    { path: '^functions/console/web/' },
    { path: OURS, pathNot: ['^functions/console/(web|api)/', '^shared/model/'] },
  ),
  rule(
    'web-types-only',
    'The console in the browser takes types, not code, from the model and the console API.',
    { path: '^functions/console/web/' },
    { path: ['^functions/console/api/', '^shared/model/'], dependencyTypesNot: ['type-only'] },
  ),
];

const boundaries = [
  rule('no-cycles', 'Files do not depend on themselves.', {}, { circular: true }),
  rule('no-unresolved', 'Every import leads somewhere.', {}, { couldNotResolve: true }),
  rule('no-test-in-product', 'Nothing imports test.', { path: PRODUCT }, { path: '^test/' }),
  rule(
    'no-dev-package-in-product',
    'What ships needs only what is installed with it.',
    { path: PRODUCT },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  ),
  rule(
    'alias-across-areas',
    'Across areas imports read #shared/..., #functions/... or #test/...',
    { path: '^(shared|functions|test)/([^/]+)/' },
    { path: OURS, pathNot: '^$1/$2/', dependencyTypesNot: ['aliased-subpath-import'] },
  ),
  rule(
    'no-barrel',
    "Only the index.ts of a platform, a vendor or a vendor's twin re-exports.",
    {
      path: OURS,
      pathNot: ['^(shared/(platform|connectors)|test/twins)/[^/]+/index\\.ts$', '^test/twins/index\\.ts$'],
    },
    { path: OURS, dependencyTypes: ['export'] },
  ),
  rule(
    'platforms-apart',
    'A platform never imports the other one.',
    { path: '^shared/platform/([^/]+)/' },
    {
      path: '^shared/platform/[^/]+/',
      pathNot: '^shared/platform/$1/',
    },
  ),
  rule(
    'clients-apart',
    'A client never imports another client.',
    { path: '^shared/clients/([^/]+)/' },
    {
      path: '^shared/clients/[^/]+/',
      pathNot: '^shared/clients/$1/',
    },
  ),
  rule(
    'one-door',
    "A vendor's client and writer are built by runtime alone; all others get them through apply.",
    { path: PRODUCT, pathNot: '^shared/(connectors|runtime)/' },
    { path: '^shared/connectors/[^/]+/(index|client|writer?)\\.ts$' },
  ),
  rule(
    'tags-cannot-steer',
    'No chain of imports leads from rules, planning, engine or connectors to AI output (M11).',
    {
      path: '^shared/(model|ports|identity|authority|drift|reconciliation|messaging|engine|connectors|workflows)/',
    },
    { path: '^shared/tagging/', reachable: true },
  ),
  rule(
    'tag-readers',
    'Only the tagger, the reactor, the console, tag rules of clients and runtime read tags.',
    {
      path: PRODUCT,
      pathNot: ['^shared/(tagging|clients|runtime)/', '^functions/(ai-tagger|change-reactor|console)/'],
    },
    { path: '^shared/tagging/' },
  ),
];

const packages = [
  rule(
    'pure-packages',
    "Pure areas use no package beyond schemas, phone numbers and the triggers' wire format.",
    { path: `^shared/(model|errors|ports|${DOMAIN.join('|')}|tagging|workflows)/` },
    { path: '(^|/)node_modules/', pathNot: '(^|/)node_modules/(zod|libphonenumber-js|protobufjs)/' },
  ),
  rule(
    'pure-builtins',
    'Pure areas use no built-in module beyond hashing, work on bytes and comparing values (M13).',
    { path: `^shared/(model|errors|ports|${DOMAIN.join('|')}|tagging|workflows)/` },
    { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|util|zlib)$' },
  ),
  rule(
    'google-in-platform',
    'Only the platforms hold Google clients.',
    { path: PRODUCT, pathNot: '^shared/platform/' },
    {
      path: '(^|/)node_modules/(@google-cloud/|google-)',
      pathNot: '(^|/)node_modules/@google-cloud/functions-framework/',
    },
  ),
  rule(
    'framework-at-entries',
    "Only runtime, platforms and a function's index.ts know the functions framework.",
    { path: PRODUCT, pathNot: ['^shared/(platform|runtime)/', '^functions/[^/]+/index\\.ts$'] },
    { path: '(^|/)node_modules/@google-cloud/functions-framework/' },
  ),
  rule(
    'hubspot-sdk',
    'Only the HubSpot connector holds its SDK.',
    { path: PRODUCT, pathNot: '^shared/connectors/hubspot/' },
    { path: '(^|/)node_modules/@hubspot/' },
  ),
  rule(
    'shopify-sdk',
    'Only the Shopify connector holds its SDK.',
    { path: PRODUCT, pathNot: '^shared/connectors/shopify/' },
    { path: '(^|/)node_modules/@shopify/' },
  ),
  rule(
    'sockets-in-platform',
    'Only the platforms hold an HTTP client or a database.',
    { path: PRODUCT, pathNot: '^shared/platform/' },
    {
      path: ['(^|/)node_modules/undici/', '^(node:)?(http|https|http2|net|tls|dgram|sqlite)$'],
      dependencyTypesNot: ['type-only'],
    },
  ),
  rule(
    'files-at-the-edge',
    'Only platforms, runtime and config read files.',
    { path: PRODUCT, pathNot: '^shared/(platform|runtime|config)/' },
    { path: '^(node:)?fs(/promises)?$' },
  ),
];

module.exports = {
  forbidden: [...layers, ...boundaries, ...packages],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
    },
  },
};
