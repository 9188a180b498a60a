import type { Bundle, BundleEntry, FhirResource, Observation, Patient } from 'fhir/r4.d.ts';
import { demoBundle } from '../../seeds/demo/index.ts';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { localTerminology } from '../../src/terminology/local-terminology.ts';
import { createConformanceValidator } from '../../src/validation/profiles/conformance-validator.ts';
import { createValidator } from '../../src/validation/validator.ts';

/** How fast one thread validates one kind of resource. */
export interface ValidationFigure {
  title: string;
  /** Validations a second, once compiled. */
  rate: number;
  /** Milliseconds of the first validation, which compiles what it needs. */
  first: number;
  /** Rate that it must reach. */
  target: number;
}

const frCorePatient = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-ins';

/** Measures the validation of parsed resources, without HTTP and without the store. */
export function measureValidation(seconds: number, progress: (line: string) => void): ValidationFigure[] {
  const definitions = loadDefinitions();
  const conformance = loadConformance();
  const validator = createConformanceValidator({
    definitions,
    conformance,
    terminology: localTerminology(conformance),
    structure: createValidator(definitions),
  });
  const { patient, observation, bundle } = subjects();
  const measures = [
    { title: 'Patient, R4', resource: patient, profiles: [], target: 20_000 },
    { title: 'Patient, FR Core with INS', resource: patient, profiles: [frCorePatient], target: 8_000 },
    { title: 'Observation, R4', resource: observation, profiles: [], target: 15_000 },
    { title: 'Bundle of 50 entries, R4', resource: bundle, profiles: [], target: 700 },
  ];
  return measures.map(({ title, resource, profiles, target }) => {
    progress(`validation: ${title}`);
    const validate = () => validator.validate(resource, { profiles, declared: false });
    const start = performance.now();
    validate();
    const first = performance.now() - start;
    // The first second lets the compiler of JavaScript do its work.
    rateOf(validate, 1);
    return { title, rate: rateOf(validate, seconds), first, target };
  });
}

/** Calls a second over so many seconds. */
function rateOf(call: () => unknown, seconds: number): number {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < seconds * 1000) {
    for (let repeat = 0; repeat < 20; repeat++) call();
    calls += 20;
    elapsed = performance.now() - start;
  }
  return (calls / elapsed) * 1000;
}

function subjects(): { patient: Resource; observation: Resource; bundle: Resource } {
  const resources = (demoBundle().entry ?? []).flatMap(({ resource }) => resource ?? []);
  const patients = resources.filter((one): one is Patient => one.resourceType === 'Patient');
  const observations = resources.filter((one): one is Observation => one.resourceType === 'Observation');
  // The richest identity has a matricule and all its traits.
  const [patient] = patients.toSorted(
    (left, right) => JSON.stringify(right).length - JSON.stringify(left).length,
  );
  const [observation] = observations;
  if (patient === undefined || observation === undefined) throw new Error('The demo data lack a subject');
  const bundle: Bundle = { resourceType: 'Bundle', type: 'collection', entry: sample(resources) };
  return { patient: asParsed(patient), observation: asParsed(observation), bundle: asParsed(bundle) };
}

/** Fifty of the resources, of all kinds in the shares that a hospital has of them. */
function sample(resources: readonly NonNullable<BundleEntry['resource']>[]): BundleEntry[] {
  return Array.from({ length: 50 }, (_, index) => ({
    fullUrl: `https://example.org/fhir/${index}`,
    resource: resources[Math.floor((index * resources.length) / 50)] as FhirResource,
  }));
}

/** As the server has it, decimals as they were written. */
function asParsed(resource: object): Resource {
  return parseJson(JSON.stringify(resource)) as Resource;
}
