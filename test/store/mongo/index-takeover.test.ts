import { setTimeout as wait } from 'node:timers/promises';
import type { Bundle } from 'fhir/r4.d.ts';
import { created, type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { dropMongoDatabase, mongoTestUri, newDatabaseName } from '../../support/mongo.ts';
import { searchParameter } from '../../support/search-parameters.ts';
import { withServerProcess } from '../../support/server-process.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const database = newDatabaseName();

afterAll(() => dropMongoDatabase(database));

/** Several transactions of a run, so that one that has just begun is far from its end. */
const total = 300;

async function load(http: FhirHttp): Promise<void> {
  for (let start = 0; start < total; start += 100) {
    const entry = Array.from({ length: 100 }, (_, n) => ({
      resource: { resourceType: 'Patient', maritalStatus: { coding: [{ code: 'M' }] } },
      request: { method: 'POST', url: 'Patient' },
      fullUrl: `urn:uuid:00000000-0000-4000-8000-${String(start + n).padStart(12, '0')}`,
    }));
    const answer = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
    if (answer.status !== 200) throw new Error(answer.text);
  }
}

test('the index that a killed server was building is finished by another that runs on', async () => {
  const environment = {
    LOG_LEVEL: 'info',
    INSI_MODE: 'off',
    MONGODB_URI: await mongoTestUri(),
    MONGODB_DATABASE: database,
    MONGODB_CALL_TIMEOUT_SECONDS: '60',
    MONGODB_COMMIT_TIMEOUT_SECONDS: '120',
  };
  await withServerProcess(await temporaryDirectory(), environment, async (staying) => {
    const http = fhirHttp(staying.origin);
    const search = 'Patient?marital=M&_summary=count';
    await withServerProcess(await temporaryDirectory(), environment, async (killed) => {
      await load(http);
      await created(fhirHttp(killed.origin), searchParameter({ code: 'marital' }));
      killed.signal('SIGKILL');
      await killed.exited;
      expect(killed.output()).not.toContain('search index complete');
    });
    const strict = { Prefer: 'handling=strict' };
    const statuses = new Set<number>();
    for (;;) {
      const answer = await http.get(search, strict);
      if (answer.status === 200) {
        expect(answer.json<Bundle>().total).toBe(total);
        break;
      }
      statuses.add(answer.status);
      // Unknown until the server hears of it, then not yet indexed.
      expect([400, 503]).toContain(answer.status);
      await wait(50);
    }
    expect([...statuses]).toContain(503);
    expect(staying.output()).toContain('search index complete');
  });
}, 240_000);
