// The import table of docs/architecture.md, as rules. Each says what to do instead.
const layers = {
  'harness/model': [],
  'harness/plan': ['harness/model'],
  'harness/transport': ['harness/model'],
  'results/archive': ['harness/model'],
  collectors: ['harness/model'],
  workloads: ['harness/model'],
  'harness/targets': ['harness/model', 'harness/transport'],
  'harness/store': ['harness/model', 'results/archive'],
  'harness/run': ['harness/model', 'harness/plan', 'harness/targets', 'results/archive'],
  'results/analyse': ['harness/model'],
  'results/rules': ['harness/model', 'results/analyse'],
  'results/compare': ['harness/model', 'results/analyse', 'results/rules'],
  'results/derive': [
    'harness/model',
    'results/archive',
    'results/analyse',
    'results/rules',
    'results/compare',
  ],
  'results/report': [
    'harness/model',
    'results/analyse',
    'results/rules',
    'results/compare',
    'results/derive',
  ],
}

const packages = {
  'harness/model': ['zod'],
  'harness/plan': ['zod', 'yaml'],
  'harness/transport': ['ssh2', 'execa', 'zod', '@kubernetes/client-node', 'net-snmp', 'jsmodbus', 'mqtt'],
  'results/archive': [],
  collectors: ['zod'],
  workloads: ['zod', '@types/k6', 'k6'],
  'harness/targets': ['zod'],
  'harness/store': ['@influxdata/influxdb-client'],
  'harness/run': ['pino', 'zod', '@kubernetes/client-node'],
  'results/analyse': ['simple-statistics'],
  'results/rules': [],
  'results/compare': [],
  'results/derive': ['zod'],
  'results/report': ['chart.js', 'chartjs-node-canvas', '@napi-rs/canvas'],
}

/** Layers without a clock, files, network or unseeded chance. */
const pure = [
  'harness/model',
  'results/analyse',
  'results/rules',
  'results/compare',
  'collectors',
  'workloads',
]

const escape = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const inside = names => `^(${names.map(escape).join('|')})/`
const own = '^(harness|results|collectors|workloads|scripts|test)/'

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `layer:${layer}`,
  comment: `${layer} may import ${[layer, ...allowed].join(', ')} alone. Hand the rest in as a parameter: harness/cli wires the parts.`,
  severity: 'error',
  from: { path: inside([layer]) },
  to: { path: own, pathNot: inside([layer, ...allowed]) },
}))

const packageRules = Object.entries(packages).map(([layer, allowed]) => ({
  name: `packages:${layer}`,
  comment: `${layer} may use ${allowed.length === 0 ? 'no package' : allowed.join(', ')}. Put the use where the table in docs/architecture.md allows it.`,
  severity: 'error',
  from: { path: inside([layer]) },
  to: {
    dependencyTypes: [
      'npm',
      'npm-dev',
      'npm-optional',
      'npm-peer',
      'npm-bundled',
      'npm-no-pkg',
      'npm-unknown',
    ],
    pathNot: allowed.length === 0 ? '^$' : `node_modules/(${allowed.map(escape).join('|')})(/|$)`,
  },
}))

export default {
  forbidden: [
    ...layerRules,
    ...packageRules,
    {
      name: 'pure-layers',
      comment:
        'Pure layers take values and give values: pass what was read, the time and the chance in. (node:url is allowed to name assets, node:path/posix to join names.)',
      severity: 'error',
      from: { path: inside(pure) },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(url|path|path/posix)$' },
    },
    {
      name: 'nothing-imports-tests-or-scripts',
      comment: 'Shared code belongs to a layer, not to scripts or tests.',
      severity: 'error',
      from: { path: '^(harness|results|collectors|workloads)/' },
      to: { path: '^(scripts|test)/' },
    },
    {
      name: 'only-cli-imports-cli',
      comment: 'harness/cli wires, prints and exits; nothing else may depend on it.',
      severity: 'error',
      from: { path: '^(harness|results|collectors|workloads)/', pathNot: '^harness/cli/' },
      to: { path: '^harness/cli/' },
    },
    {
      name: 'no-cycles',
      comment: 'Move what both need into a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'The import does not resolve: a file is missing or its extension is wrong.',
      severity: 'error',
      from: { pathNot: '/k6[^/]*\\.ts$' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|campaigns|node_modules)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
}
