import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  CodeSystem,
  OperationDefinition,
  SearchParameter,
  StructureDefinition,
  ValueSet,
} from 'fhir/r4.d.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { identityStatuses } from '../../src/ins/identity-status.ts';
import { createValidator } from '../../src/validation/validator.ts';

type Artefact = CodeSystem | OperationDefinition | SearchParameter | StructureDefinition | ValueSet;

const root = join(import.meta.dirname, '../../profiles');

const files = readdirSync(root, { withFileTypes: true })
  .filter((folder) => folder.isDirectory() && /^[A-Z]/.test(folder.name))
  .flatMap((folder) =>
    readdirSync(join(root, folder.name)).map((file) => {
      const artefact: Artefact = JSON.parse(readFileSync(join(root, folder.name, file), 'utf8'));
      return { folder: folder.name, file, artefact };
    }),
  )
  // Those of FR Core are generated, and have tests of their own.
  .filter(({ artefact: each }) => each.url?.startsWith('https://passerelle.fr/'));

function artefact<T extends Artefact['resourceType']>(
  type: T,
  id: string,
): Extract<Artefact, { resourceType: T }> {
  const found = files.find(({ artefact: each }) => each.resourceType === type && each.id === id)?.artefact;
  if (found === undefined) throw new Error(`no ${type}/${id} in profiles/`);
  return found as Extract<Artefact, { resourceType: T }>;
}

test.each(
  files.map(({ folder, file, artefact: each }) => [`${folder}/${file}`, folder, file, each] as const),
)('%s is a valid artefact under its own canonical', (_, folder, file, each) => {
  expect(each.resourceType).toBe(folder);
  expect(`${each.id}.json`).toBe(file);
  expect(each.url).toBe(`https://passerelle.fr/fhir/${folder}/${each.id}`);
  expect(createValidator(loadDefinitions()).validate(each as unknown as Resource)).toEqual([]);
});

test('each canonical of ours that an artefact names is there', () => {
  const text = JSON.stringify(files.map(({ artefact: each }) => each));
  const named = new Set(text.match(/https:\/\/passerelle\.fr\/fhir\/[A-Za-z]+\/[a-z-]+(?=["'|])/g));
  const ours = files.map(({ artefact: each }) => each.url);
  for (const canonical of named) expect(ours).toContain(canonical);
});

test('the code system of the identity status holds the statuses of the RNIV', () => {
  const codes = artefact('CodeSystem', 'identity-status').concept?.map(({ code }) => code);
  expect(codes).toEqual([...identityStatuses]);
});

test('code systems count their codes, and each has its value set', () => {
  for (const { artefact: each } of files) {
    if (each.resourceType !== 'CodeSystem') continue;
    expect(each.count).toBe(each.concept?.length);
    expect(artefact('ValueSet', each.id ?? '').compose?.include).toEqual([{ system: each.url }]);
  }
});

test('the extensions hold one value of the type that the search parameters look for', () => {
  const typeOf = (id: string) =>
    artefact('StructureDefinition', id).differential?.element.find(
      ({ path }) => path === 'Extension.value[x]',
    )?.type?.[0]?.code;
  for (const id of ['identity-status', 'ins-check-due']) {
    const url = artefact('StructureDefinition', id).url;
    expect(artefact('SearchParameter', id).expression).toBe(
      `Patient.extension.where(url='${url}').value.ofType(${typeOf(id)})`,
    );
  }
});

test('search parameters use paths, where(url=…), value and ofType alone', () => {
  const step = String.raw`(?:extension\.where\(url='[^']+'\)|value|status|ofType\([a-zA-Z]+\))`;
  for (const { artefact: each } of files) {
    if (each.resourceType !== 'SearchParameter') continue;
    expect(each.base).toHaveLength(1);
    expect(each.expression).toMatch(new RegExp(`^${each.base[0]}(?:\\.${step})+$`));
  }
});

test('$verify-ins names its parameters once in each direction', () => {
  const { parameter = [] } = artefact('OperationDefinition', 'Patient-verify-ins');
  const names = (use: string) => parameter.filter((each) => each.use === use).map(({ name }) => name);
  expect(names('in')).toEqual(['patient', 'mode', 'apply', 'presence', 'evidence', 'reason']);
  expect(names('out')).toEqual([
    'result',
    'outcome',
    'identityStatus',
    'previousStatus',
    'insiCode',
    'messageId',
    'checkedAt',
    'source',
    'ins',
    'history',
    'traits',
    'difference',
    'issues',
  ]);
  const difference = parameter.find(({ name }) => name === 'difference');
  expect(difference?.part?.map(({ name }) => name)).toEqual(['trait', 'local', 'reference', 'severity']);
});
