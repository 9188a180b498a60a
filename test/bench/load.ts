import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { population } from '../../seeds/population/index.ts';

/** What the measures need to know of a loaded patient. */
export interface KnownPatient {
  id: string;
  identifier: { system: string; value: string };
  family: string;
  birthDate: string;
  /** Has an encounter and observations. */
  clinical: boolean;
  /** The resource as it was loaded. */
  text: string;
}

const clients = 4;

/** One bundle of patients in this number brings their encounters and observations along. */
const clinicalShare = 10;

/** The synthetic population of a bench, loaded in steps through the FHIR API. */
export class LoadedPopulation {
  readonly patients: KnownPatient[] = [];
  readonly #fhir: string;

  constructor(fhir: string) {
    this.#fhir = fhir;
  }

  /**
   * Loads the next patients until there are `total`, by transactions of several clients.
   * @returns resources per second
   */
  async extendTo(total: number): Promise<number> {
    const bundles = this.#bundles(total - this.patients.length);
    const started = performance.now();
    let resources = 0;
    // The clients draw from one generator, so each bundle is sent once.
    const client = async () => {
      for (const bundle of bundles) {
        await post(this.#fhir, JSON.stringify(bundle));
        resources += bundle.entry?.length ?? 0;
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return (resources * 1000) / (performance.now() - started);
  }

  *#bundles(patients: number): Generator<Bundle, void, undefined> {
    let position = 0;
    const firstIndex = this.patients.length;
    for (const bundle of population({ patients, firstIndex, clinical: true })) {
      const clinical = position++ % clinicalShare === 0;
      const entry = (bundle.entry ?? []).filter(
        ({ resource }) => clinical || resource?.resourceType === 'Patient',
      );
      for (const { resource } of entry) {
        if (resource?.resourceType === 'Patient')
          this.patients.push(knownPatient(resource as Patient, clinical));
      }
      yield { ...bundle, entry };
    }
  }
}

/** Patients that come after the loaded ones, as bodies of a create: without id. */
export function newPatients(firstIndex: number, count: number): string[] {
  const bodies: string[] = [];
  for (const bundle of population({ patients: count, firstIndex })) {
    for (const { resource } of bundle.entry ?? []) {
      const { id: _id, ...patient } = resource!;
      bodies.push(JSON.stringify(patient));
    }
  }
  return bodies;
}

/**
 * Posts a transaction.
 * @throws Error when it is refused
 */
export async function post(fhir: string, bundle: string | Buffer<ArrayBuffer>): Promise<void> {
  const headers = { 'Content-Type': 'application/fhir+json', Prefer: 'return=minimal' };
  const response = await fetch(fhir, { method: 'POST', headers, body: bundle });
  const answer = await response.text();
  if (!response.ok) throw new Error(`A transaction was refused with ${response.status}: ${answer}`);
}

/** What is kept of a patient. */
export function knownPatient(patient: Patient, clinical: boolean): KnownPatient {
  const { system = '', value = '' } = patient.identifier?.at(-1) ?? {};
  return {
    id: patient.id ?? '',
    identifier: { system, value },
    family: patient.name?.[0]?.family ?? '',
    birthDate: patient.birthDate ?? '',
    clinical,
    text: JSON.stringify(patient),
  };
}
