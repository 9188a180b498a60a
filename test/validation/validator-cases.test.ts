import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { readCases } from '../validator-cases/cases.ts';
import { isWellPlaced, runCase } from '../validator-cases/run-case.ts';
import { canonical, profile } from './conformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'cases-'));
const files: Record<string, unknown> = {
  'active.json': { resourceType: 'Patient', active: true },
  'bare.json': { resourceType: 'Patient', gender: 'male' },
  'unknown.json': { resourceType: 'Patient', colour: 'blue' },
  'profile.json': profile('active', 'Patient', [{ path: 'Patient.active', min: 1 }]),
};
const index = [
  { id: 'good', resource: 'active.json', profile: 'profile.json', expected: 'valid' },
  { id: 'bad', resource: 'bare.json', profile: 'profile.json', expected: 'invalid', elements: ['Patient'] },
  {
    id: 'by canonical',
    resource: 'bare.json',
    supporting: ['profile.json'],
    profile: canonical('active'),
    expected: 'invalid',
    errorKinds: { 'cardinality-min': 1 },
  },
  {
    id: 'elsewhere',
    resource: 'bare.json',
    profile: 'profile.json',
    expected: 'invalid',
    elements: ['Patient.name[0]'],
  },
  { id: 'without profile', resource: 'bare.json', expected: 'valid' },
  { id: 'no XML', resource: 'unknown.json', expected: 'invalid', errorKinds: { 'unknown-property': 1 } },
  { id: 'malformed', resource: 'malformed.json', expected: 'invalid' },
];

beforeAll(() => {
  mkdirSync(join(folder, 'files'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, 'files', name), JSON.stringify(content));
  }
  writeFileSync(join(folder, 'files', 'malformed.json'), '{"resourceType": "Patient", }');
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['json', ['good', 'without profile'], ['elsewhere'], []],
  ['xml', ['good', 'without profile'], ['elsewhere'], ['no XML', 'malformed']],
] as const)('cases in %s: verdicts, places, what has no form', (format, accepted, misplaced, formless) => {
  const conformance = loadConformance();
  const results = readCases(folder).map((one) => ({
    id: one.id,
    result: runCase(folder, one, format, conformance),
  }));
  const ids = (holds: (result: NonNullable<(typeof results)[number]['result']>) => boolean) =>
    results.flatMap(({ id, result }) => (result !== undefined && holds(result) ? [id] : []));
  expect(ids(({ errors }) => errors.length === 0)).toEqual(accepted);
  expect(ids((result) => result.errors.length > 0 && !isWellPlaced(result))).toEqual(misplaced);
  expect(results.flatMap(({ id, result }) => (result === undefined ? [id] : []))).toEqual(formless);
});
