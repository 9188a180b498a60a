import { setTimeout as wait } from 'node:timers/promises';
import { fhirHttp } from '../../support/fhir-http.ts';
import { startTestServer } from '../../support/server.ts';
import { withDataFolder, withServerProcess } from '../../support/server-process.ts';
import { summary, trailOf } from './trail.ts';

const secret = 'Inoubliable';
const audited = { AUDIT: 'on', LOG_LEVEL: 'debug' };

test('what a process that is killed had recorded is there, each event once', () =>
  withDataFolder(async (directory) => {
    await withServerProcess(directory, audited, async ({ origin, signal, exited }) => {
      const http = fhirHttp(origin);
      await http.put('Patient/a', { resourceType: 'Patient', id: 'a' });
      await Promise.all(Array.from({ length: 100 }, () => http.get('Patient/a')));
      // An entry is durable some milliseconds after its answer.
      await wait(500);
      signal('SIGKILL');
      await exited;
    });
    const server = await startTestServer({ AUDIT: 'on', DATA_DIR: directory });
    try {
      const events = (await trailOf(server)).map(summary);
      expect(events.filter(({ profile }) => profile === 'PatientCreate')).toHaveLength(1);
      expect(events.filter(({ profile }) => profile === 'PatientRead')).toHaveLength(100);
    } finally {
      await server.stop();
    }
  }));

test('the request that an event holds is in no line of the log', () =>
  withDataFolder((directory) =>
    withServerProcess(directory, audited, async ({ origin, output }) => {
      const http = fhirHttp(origin);
      await http.get(`Patient?family=${secret}`);
      await http.post('Patient', `{"${secret}`);
      await http.get(`${secret}/1`);
      await http.get('AuditEvent?_count=100');
      expect(output()).toContain('"interaction":"search-type"');
      const base64 = Buffer.from(`GET /Patient?family=${secret}`).toString('base64');
      for (const text of [secret, base64.slice(8, 40)]) expect(output()).not.toContain(text);
      expect((await http.get('AuditEvent?subtype=search-type&_count=100')).text).toContain(base64);
    }),
  ));
