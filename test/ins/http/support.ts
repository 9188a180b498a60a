import type { Identifier, OperationOutcome, Parameters, Patient } from 'fhir/r4.d.ts';
import { simulatedPersons } from '../../../seeds/demo/index.ts';
import { places } from '../../../seeds/demo/places.ts';
import { type IdentityRecord, patientOf } from '../../../seeds/patient.ts';
import {
  createInsiSimulator,
  type InsiSimulator,
  type InsiSimulatorOptions,
} from '../../../src/simulators/insi/simulator.ts';
import type { SimulatorSwitches } from '../../../src/simulators/insi/switches.ts';
import { type Answer, type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { startTestServer } from '../../support/server.ts';
import { listen } from '../insi/support.ts';

/** Zoé Adrun, whom the Cnam publishes for qualification: INSi finds her and gives 275126322074974. */
export const adrun: IdentityRecord = {
  id: 'adrun',
  ipp: '1',
  status: 'PROV',
  birthName: 'ADRUN',
  givenNames: ['ZOE'],
  gender: 'female',
  birthDate: '1975-12-31',
  birthPlace: places.mazoires,
};

/** Her matricule in a record, with its key. */
export const adrunMatricule = { value: '275126322074974', type: 'INS-NIR-TEST' as const };

/** A record of her in another state. */
export function adrunWith(change: Partial<IdentityRecord>): IdentityRecord {
  return { ...adrun, ...change };
}

let records = 0;

/** Stores the Patient of a record under an id of its own, and answers the id. */
export function stored(http: FhirHttp, record: IdentityRecord): Promise<string> {
  records += 1;
  return storedPatient(http, patientOf({ ...record, id: `record-${records}` }));
}

/** Stores a Patient under its id, and answers the id. */
export async function storedPatient(http: FhirHttp, patient: Patient): Promise<string> {
  const answer = await http.put(`Patient/${patient.id}`, patient);
  if (answer.status !== 200 && answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return patient.id!;
}

/** A Parameters resource: a boolean, a code, or a value with its own key such as `valueCoding`. */
export function parameters(values: Values): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: Object.entries(values).map(([name, value]) => ({
      name,
      ...(typeof value === 'boolean'
        ? { valueBoolean: value }
        : typeof value === 'string'
          ? { valueCode: value }
          : value),
    })),
  };
}

export const identityCard = { valueCoding: { code: 'CN' } };

/** Calls `$verify-ins` on a stored Patient. */
export function verify(
  http: FhirHttp,
  id: string,
  values: Values = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return http.post(`Patient/${id}/$verify-ins`, parameters(values), headers);
}

type Values = Record<string, boolean | string | object>;

/** The values and resources of a Parameters answer by name; a repeated name keeps its last. */
export function outputOf(answer: Answer): Record<string, unknown> {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  const entries = (answer.json<Parameters>().parameter ?? []).map(({ name, part, resource, ...value }) => [
    name,
    resource ?? part ?? Object.values(value)[0],
  ]);
  return Object.fromEntries(entries);
}

/** The differences that an answer of `$verify-ins` tells, each as an object of its parts. */
export function differencesOf(answer: Answer): Record<string, unknown>[] {
  const differences = (answer.json<Parameters>().parameter ?? []).filter(({ name }) => name === 'difference');
  return differences.map(({ part = [] }) =>
    Object.fromEntries(part.map(({ name, ...value }) => [name, Object.values(value)[0]])),
  );
}

/** Severity, code, outcome code and expression of the first issue of an OperationOutcome. */
export function firstIssue(outcome: unknown) {
  const [issue] = (outcome as OperationOutcome).issue;
  return {
    severity: issue?.severity,
    code: issue?.code,
    outcome: issue?.details?.coding?.[0]?.code,
    expression: issue?.expression?.[0],
  };
}

/** The status extension of a Patient, as the server wrote it. */
export function statusOf(patient: Patient): string | undefined {
  return patient.extension?.find(({ url }) => url.endsWith('/identity-status'))?.valueCode;
}

/** Use, system and value of the matricules of a Patient. */
export function insOf(patient: Patient): string[] {
  return (patient.identifier ?? [])
    .filter(({ system }) => system?.startsWith('urn:oid:1.2.250.1.213.1.4.'))
    .map(({ use, system, value }: Identifier) => `${use} ${system?.split('.').at(-1)} ${value}`);
}

/** The Patient as it is read now. */
export async function readPatient(http: FhirHttp, id: string): Promise<Patient> {
  return (await http.get(`Patient/${id}`)).json<Patient>();
}

/** Changes the switches of the simulator of a server. */
export async function switchInsi(http: FhirHttp, change: Partial<SimulatorSwitches>): Promise<void> {
  const url = `${http.origin}/simulators/insi/switches`;
  const answer = await http.send('PUT', url, {
    body: change,
    headers: { 'Content-Type': 'application/json' },
  });
  if (answer.status !== 200) throw new Error(answer.text);
}

export async function resetInsi(http: FhirHttp): Promise<void> {
  await http.delete(`${http.origin}/simulators/insi/switches`);
}

/** An INSi outside the server under test, so that it lives on when that server stops. */
export interface ExternalInsi {
  /** Settings of a server that calls it. */
  environment: Record<string, string>;
  simulator: InsiSimulator;
  /** Keeps every call from now on waiting until `release`. */
  hold(): { arrived(count: number): Promise<void>; release(): void };
  close(): Promise<void>;
}

/** Servers and INSi that the tests of a file start as they need them; they end with the file. */
export function startedByTests() {
  const ends: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  return {
    async server(environment: Record<string, string>): Promise<FhirHttp> {
      const server = await startTestServer(environment);
      ends.push(() => server.stop());
      return fhirHttp(server.origin);
    },
    async insi(options: InsiSimulatorOptions = {}): Promise<ExternalInsi> {
      const insi = await startExternalInsi(options);
      ends.push(() => insi.close());
      return insi;
    },
  };
}

async function startExternalInsi(options: InsiSimulatorOptions): Promise<ExternalInsi> {
  const simulator = createInsiSimulator({ persons: simulatedPersons(), ...options });
  let gate = Promise.resolve();
  let waiting = 0;
  const server = await listen(async (request, response) => {
    waiting += 1;
    await gate;
    await simulator.handle(request, response);
  });
  return {
    environment: {
      INSI_MODE: 'real',
      INSI_URL: server.url,
      INSI_IDAM: 'PASSERELLE-TEST',
      INSI_SENDER: '10B0000000',
    },
    simulator,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      waiting = 0;
      return {
        arrived: (count) => until(() => waiting >= count),
        release() {
          gate = Promise.resolve();
          resolve();
        },
      };
    },
    close: () => server.close(),
  };
}

/** Waits until a condition holds, 30 seconds at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the condition did not come to hold');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
