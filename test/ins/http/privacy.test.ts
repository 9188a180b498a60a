import { readFile } from 'node:fs/promises';
import type { AuditEvent, Binary, VerificationResult } from 'fhir/r4.d.ts';
import { readInsiAnswer } from '../../../src/ins/insi-answer.ts';
import { entriesOf, type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { startTestServer } from '../../support/server.ts';
import { withDataFolder, withServerProcess } from '../../support/server-process.ts';
import {
  adrun,
  adrunMatricule,
  adrunWith,
  firstIssue,
  identityCard,
  outputOf,
  parameters,
  startedByTests,
  stored,
  verify,
} from './support.ts';

const started = startedByTests();

/** What tells who the persons of these tests are. */
const identityData = /ADRUN|ZOE|2751263220749|1975-12-31|63220|NOBODY/i;

async function all<T>(server: FhirHttp, type: string): Promise<T[]> {
  return entriesOf(await server.get(`${type}?_count=100`), 'match').map(({ resource }) => resource as T);
}

describe('traces hold no identity data', () => {
  test('neither audit events, checks and Tasks, nor the log at its most talkative', async () => {
    const insi = await started.insi();
    await withDataFolder(async (directory) => {
      const environment = { ...insi.environment, LOG_LEVEL: 'debug', INSI_RETRY_SECONDS: '1' };
      await withServerProcess(directory, environment, async ({ origin, output, signal, exited }) => {
        const server = fhirHttp(origin);
        const id = await stored(server, adrun);
        const nobody = await stored(server, adrunWith({ birthName: 'NOBODY', matricule: adrunMatricule }));
        await verify(server, id, { apply: true, evidence: identityCard });
        await verify(server, id, { apply: true }, { Prefer: 'respond-async' });
        await verify(server, nobody, { apply: true });
        await verify(server, id, { apply: 'yes' });
        await server.get(`Patient?family=ADRUN&birthdate=1975-12-31&identifier=${adrunMatricule.value}`);
        await server.put(`Patient/ADRUN`, { resourceType: 'Patient', id: 'other' });
        const path = `${origin}/api/v1/french-healthcare/ins/verify`;
        const body = {
          patient_id: nobody,
          ins_number: adrunMatricule.value,
          birth_name: 'NOBODY',
          first_names: 'ZOE',
          birth_date: '1975-12-31',
        };
        await server.send('POST', path, { body, headers: { 'Content-Type': 'application/json' } });
        insi.simulator.switches.set({ outage: 'connection-reset' });
        expect((await verify(server, id)).status).toBe(503);
        for (const type of ['AuditEvent', 'VerificationResult', 'Task']) {
          const resources = await all(server, type);
          expect([type, resources.length > 0]).toEqual([type, true]);
          expect(JSON.stringify(resources)).not.toMatch(identityData);
        }
        signal('SIGTERM');
        await exited;
        expect(output()).toContain('operation-verify-ins');
        expect(output()).not.toMatch(identityData);
      });
    });
  });

  test('an AuditEvent tells who asked INSi, how, about which Patient and what came of it', async () => {
    const insi = await started.insi();
    const server = await started.server(insi.environment);
    const id = await stored(server, adrun);
    const reason = {
      valueCoding: {
        system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
        code: 'PATADMIN',
        display: 'Zoé Adrun',
      },
    };
    const output = outputOf(await verify(server, id, { apply: true, evidence: identityCard, reason }));
    const [event, ...others] = await all<AuditEvent>(server, 'AuditEvent');
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110112' },
      subtype: [{ code: 'verify-ins' }, { code: 'rechercherInsAvecTraitsIdentite' }],
      action: 'E',
      outcome: '0',
      outcomeDesc: 'verified',
      recorded: output['checkedAt'],
      purposeOfEvent: [{ coding: [{ code: 'PATADMIN' }] }],
      agent: [
        {
          who: {
            identifier: { value: expect.stringMatching(/^urn:uuid:/) },
            display: expect.stringMatching(/^passerelle \d/),
          },
          altId: 'PASSERELLE-TEST',
          requestor: true,
        },
      ],
      entity: [{ what: { reference: `Patient/${id}` }, type: { code: '1' }, role: { code: '1' } }],
    });
    expect(JSON.stringify(event)).not.toContain('Adrun');
    const details = event!.entity![0]!.detail!.map(({ type, valueString }) => [type, valueString]);
    expect(Object.fromEntries(details)).toEqual({
      messageId: output['messageId'],
      insiCode: '00',
      environment: 'insi',
      contract: 'confirmed',
      mode: 'verify',
      apply: 'true',
      evidence: 'CN',
      previousStatus: 'PROV',
      identityStatus: 'QUAL',
    });
  });

  test('a person given at type level is named by nothing', async () => {
    const insi = await started.insi();
    const server = await started.server(insi.environment);
    const patient = { resource: { resourceType: 'Patient' } };
    expect((await server.post('Patient/$verify-ins', parameters({ patient }))).status).toBe(422);
    // Nothing left the server: there is nothing to trace.
    expect(await all(server, 'AuditEvent')).toEqual([]);
  });
});

test('a refusal of this installation is 500 for the caller, and its reason in the log', async () => {
  const insi = await started.insi({ authorisedSoftware: ['ANOTHER'] });
  await withDataFolder((directory) =>
    withServerProcess(directory, insi.environment, async ({ origin, output, signal, exited }) => {
      const server = fhirHttp(origin);
      const answer = await verify(server, await stored(server, adrun));
      expect(answer.status).toBe(500);
      expect(firstIssue(answer.json())).toMatchObject({
        severity: 'fatal',
        code: 'security',
        outcome: 'misconfigured',
      });
      expect(answer.text).not.toMatch(/desir|authoris|software/);
      expect(await all(server, 'AuditEvent')).toMatchObject([
        { outcome: '12', outcomeDesc: 'misconfigured' },
      ]);
      signal('SIGTERM');
      await exited;
      const reasons = output()
        .split('\n')
        .filter((line) => line.includes('software-not-authorised'));
      expect(reasons.map((line) => JSON.parse(line).level)).toEqual(['error']);
    }),
  );
});

describe('the answer of INSi', () => {
  test('is kept as received, sealed, and opened for the identity cell', async () => {
    const server = await startTestServer();
    try {
      const http = fhirHttp(server.origin);
      const id = await stored(http, adrun);
      await verify(http, id, { apply: true });
      const [check] = await all<VerificationResult>(http, 'VerificationResult');
      const [extension] = check!.extension!;
      expect(extension).toEqual({
        url: 'https://passerelle.fr/fhir/StructureDefinition/insi-answer',
        valueReference: { reference: expect.stringMatching(/^Binary\//) },
      });
      const path = extension!.valueReference!.reference!;
      const binary = (await http.get(path, { Accept: 'application/fhir+json' })).json<Binary>();
      expect(binary.securityContext).toEqual({ reference: `Patient/${id}` });
      expect(Buffer.from(binary.data!, 'base64').toString('latin1')).not.toMatch(identityData);
      const { stores } = server.running.core;
      const answer = await readInsiAnswer(stores, 'default', check!.id!);
      expect(answer).toMatch(/^<\?xml.*<NumIdentifiant>2751263220749<.*<\/soap:Envelope>$/);

      await expect(readInsiAnswer(stores, 'default', 'never')).rejects.toMatchObject({ status: 404 });
      await expect(readInsiAnswer(stores, 'other', check!.id!)).rejects.toMatchObject({ status: 404 });
      // An answer about somebody else does not open for this check.
      const other = await stored(http, adrun);
      await verify(http, other, { apply: true });
      const checks = entriesOf(await http.get(`VerificationResult?target=Patient/${other}`), 'match');
      const theirs = checks[0]!.resource as VerificationResult;
      await http.put(`VerificationResult/${check!.id}`, { ...check, extension: theirs.extension });
      await expect(readInsiAnswer(stores, 'default', check!.id!)).rejects.toThrow();
      // Its retention is its own: the check outlives it.
      await http.delete(extension!.valueReference!.reference!);
      await http.put(`VerificationResult/${check!.id}`, check!);
      await expect(readInsiAnswer(stores, 'default', check!.id!)).rejects.toMatchObject({ status: 404 });
    } finally {
      await server.stop();
    }
  });

  test('is kept where it finds nobody, and not without apply', async () => {
    const server = await startTestServer();
    try {
      const http = fhirHttp(server.origin);
      const id = await stored(http, adrunWith({ birthName: 'NOBODY' }));
      await verify(http, id);
      expect(await all(http, 'Binary')).toEqual([]);
      await verify(http, id, { apply: true });
      const [check] = await all<VerificationResult>(http, 'VerificationResult');
      const answer = await readInsiAnswer(server.running.core.stores, 'default', check!.id!);
      expect(answer).toContain('<CodeCR>01</CodeCR>');
    } finally {
      await server.stop();
    }
  });
});

test('what the capability writes is described in profiles/', async () => {
  const extension = await readFile(
    new URL('../../../profiles/StructureDefinition/insi-answer.json', import.meta.url),
    'utf8',
  );
  expect(JSON.parse(extension)).toMatchObject({
    url: 'https://passerelle.fr/fhir/StructureDefinition/insi-answer',
    context: [{ expression: 'VerificationResult' }],
  });
  for (const [name, code] of [
    ['operation', 'verify-ins'],
    ['insi-operation', 'rechercherInsAvecTraitsIdentite'],
  ]) {
    const system = await readFile(
      new URL(`../../../profiles/CodeSystem/${name}.json`, import.meta.url),
      'utf8',
    );
    const { url, concept } = JSON.parse(system) as { url: string; concept: { code: string }[] };
    expect(url).toBe(`https://passerelle.fr/fhir/CodeSystem/${name}`);
    expect(concept.map((each) => each.code)).toContain(code);
  }
});
