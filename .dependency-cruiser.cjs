// The table of rooms of docs/architecture.md, as rules: which folder of src may import which.
const mayImport = {
  fhir: [],
  'json-schema': [],
  operability: [],
  console: [],
  terminology: ['fhir'],
  validation: ['fhir', 'terminology'],
  search: ['fhir'],
  store: ['fhir', 'search'],
  interactions: ['fhir', 'terminology', 'validation', 'search', 'store'],
  routes: ['fhir', 'store', 'interactions'],
  access: ['fhir', 'json-schema', 'search', 'store', 'interactions'],
  audit: ['fhir', 'search', 'store', 'interactions', 'access'],
  'search-parameters': ['fhir', 'search', 'store', 'interactions'],
  operations: ['fhir', 'terminology', 'validation', 'search', 'store', 'interactions', 'access', 'audit'],
  http: ['fhir', 'interactions', 'access', 'operability'],
  auth: ['fhir', 'json-schema', 'search', 'store', 'interactions', 'routes', 'access', 'audit', 'professionals'],
  ins: ['fhir', 'json-schema', 'terminology', 'validation', 'search', 'store', 'interactions', 'routes', 'audit'],
  professionals: ['fhir', 'terminology', 'validation', 'search', 'store', 'interactions'],
  documents: ['fhir', 'terminology', 'validation', 'search', 'store', 'interactions'],
  messaging: ['fhir', 'terminology', 'validation', 'search', 'store', 'interactions'],
  hl7v2: ['fhir', 'terminology', 'validation', 'search', 'store', 'interactions'],
  simulators: ['fhir'],
};

const rooms = Object.entries(mayImport).map(([room, others]) => ({
  name: `${room}-imports-downward-only`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...others].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...rooms,
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-the-composition-root-knows-every-room',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(server[a-z-]*\\.ts|cli/)' },
      to: { path: '^src/(server[a-z-]*\\.ts|cli/)' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^(src|seeds)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(src|seeds)/', pathNot: '^src/fhir/definitions/compile\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
