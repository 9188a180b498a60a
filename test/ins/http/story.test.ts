import type { AuditEvent, Bundle, Patient, Task, VerificationResult } from 'fhir/r4.d.ts';
import { entriesOf, fhirHttp, matchIds } from '../../support/fhir-http.ts';
import { withDataFolder, withServerProcess } from '../../support/server-process.ts';
import {
  identityCard,
  insOf,
  outputOf,
  parameters,
  readPatient,
  startedByTests,
  statusOf,
  until,
} from './support.ts';

const started = startedByTests();

test('an identity is found, verified and qualified; another waits for INSi through an outage and a restart', async () => {
  const insi = await started.insi();
  const environment = { ...insi.environment, SEED: 'demo', INSI_RETRY_SECONDS: '1' };
  await withDataFolder(async (directory) => {
    const task = await withServerProcess(directory, environment, async ({ origin, signal, exited }) => {
      const http = fhirHttp(origin);

      const found = await http.get('Patient?family=adrun&birthdate=1975-12-31');
      expect(matchIds(found)).toEqual(['adrun-zoe']);
      expect(statusOf(found.json<Bundle>().entry![0]!.resource as Patient)).toBe('PROV');

      const verification = parameters({ apply: true, evidence: identityCard });
      const output = outputOf(await http.post('Patient/adrun-zoe/$verify-ins', verification));
      expect(output).toMatchObject({ outcome: 'verified', previousStatus: 'PROV', identityStatus: 'QUAL' });

      const qualified = await readPatient(http, 'adrun-zoe');
      expect([statusOf(qualified), insOf(qualified)]).toEqual(['QUAL', ['official 10 275126322074974']]);
      const byMatricule = 'Patient?identifier=urn:oid:1.2.250.1.213.1.4.10%7C275126322074974';
      expect(matchIds(await http.get(byMatricule))).toEqual(['adrun-zoe']);
      const history = (await http.get('Patient/adrun-zoe/_history')).json<Bundle>();
      const versions = history.entry?.map(({ resource }) => resource as Patient) ?? [];
      expect(versions.map((version) => [version.meta?.versionId, statusOf(version)])).toEqual([
        ['2', 'QUAL'],
        ['1', 'PROV'],
      ]);
      const [event] = entriesOf(await http.get('AuditEvent?entity=Patient/adrun-zoe'), 'match');
      expect(event?.resource as AuditEvent).toMatchObject({ outcome: '0', outcomeDesc: 'verified' });
      const [check] = entriesOf(await http.get('VerificationResult?target=Patient/adrun-zoe'), 'match');
      expect(check?.resource as VerificationResult).toMatchObject({ status: 'validated' });

      insi.simulator.switches.set({ outage: 'siram_40' });
      const refused = await http.post(
        'Patient/patient-laurent-paul/$verify-ins',
        parameters({ apply: true }),
      );
      expect(refused.status).toBe(503);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      const unchanged = await readPatient(http, 'patient-laurent-paul');
      expect([unchanged.meta?.versionId, statusOf(unchanged)]).toEqual(['1', 'VALI']);

      const path = 'Patient/patient-laurent-paul/$verify-ins';
      const accepted = await http.post(path, parameters({ apply: true }), { Prefer: 'respond-async' });
      expect(accepted.status).toBe(202);
      const { id } = accepted.json<Task>();
      await until(async () => {
        const waiting = (await http.get(`Task/${id}`)).json<Task>();
        return waiting.status === 'requested' && waiting.statusReason?.text === 'unavailable';
      });

      signal('SIGTERM');
      expect(await exited).toBe(0);
      return `Task/${id}`;
    });

    await withServerProcess(directory, environment, async ({ origin }) => {
      const http = fhirHttp(origin);
      expect((await http.get(task)).json<Task>().status).toMatch(/requested|in-progress/);
      expect(statusOf(await readPatient(http, 'patient-laurent-paul'))).toBe('VALI');
      insi.simulator.switches.reset();
      await until(async () => (await http.get(task)).json<Task>().status === 'completed');
      const qualified = await readPatient(http, 'patient-laurent-paul');
      expect([statusOf(qualified), insOf(qualified)]).toEqual(['QUAL', ['official 10 155094410991874']]);
      expect(statusOf(await readPatient(http, 'adrun-zoe'))).toBe('QUAL');
    });
  });
});
