import { demoBundle } from '../../seeds/demo/index.ts';
import { ownSearchParameters } from '../../src/fhir/artefacts.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { createExtractor } from '../../src/search/extract.ts';
import { createSearchParameters } from '../../src/search/parameters.ts';
import { patientsOf, resourcesOf } from './bundles.ts';

const definitions = loadDefinitions();
const extract = createExtractor({
  definitions,
  parameters: createSearchParameters(definitions, ownSearchParameters()),
  baseUrls: [],
});
const patients = new Map(patientsOf(resourcesOf(demoBundle())).map((patient) => [patient.id, patient]));

function indexed(id: string): { status: (string | undefined)[]; verified: string[]; due: string[] } {
  const values = extract(patients.get(id) as unknown as Resource);
  const days = (parameter: string) =>
    values.date
      .filter((each) => each.parameter === parameter)
      .map(({ low }) => new Date(low).toISOString().slice(0, 10));
  return {
    status: values.token.filter(({ parameter }) => parameter === 'identity-status').map(({ code }) => code),
    verified: days('ins-verified'),
    due: days('ins-check-due'),
  };
}

test('a qualified identity is found by its status, the day of its INSi query and that of the next', () => {
  expect(indexed('patient-garcia-maria')).toEqual({
    status: ['QUAL'],
    verified: ['2021-03-02'],
    due: ['2024-03-02'],
  });
});

test('an identity that INSi never gave has neither day', () => {
  expect(indexed('adrun-zoe')).toEqual({ status: ['PROV'], verified: [], due: [] });
  expect(indexed('patient-laurent-paul')).toEqual({ status: ['VALI'], verified: [], due: [] });
});
