import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { AuditEvent } from 'fhir/r4.d.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { fhirHttp } from '../support/fhir-http.ts';
import { runPasserelle } from '../support/passerelle.ts';
import { startTestServer } from '../support/server.ts';

let directory: string;
const passerelle = (...args: string[]) => runPasserelle(args, { DATA_DIR: directory });

/** A folder of data with a trail of which seals hold the first events. */
async function audited(): Promise<void> {
  directory = await temporaryDirectory();
  const server = await startTestServer({ AUDIT: 'on', AUDIT_SEAL_SECONDS: '1', DATA_DIR: directory });
  const http = fhirHttp(server.origin);
  await http.put('Patient/a', { resourceType: 'Patient', id: 'a' });
  await http.get('Patient/a');
  const seals = async () => (await http.get('AuditEvent?type=seal')).json<{ total: number }>().total;
  while ((await seals()) === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  await server.stop();
}

function tamper(statement: string): void {
  const database = new Database(join(directory, 'passerelle.db'));
  database.exec(statement);
  database.close();
}

describe('a trail that nobody touched', () => {
  beforeAll(audited);

  test('verify-audit tells that a trail is whole, and its last seal, which is then verified', async () => {
    const { code, stdout } = await passerelle('verify-audit');
    expect(code).toBe(0);
    const seal =
      /^tenant default: \d+ seals, \d+ events, \d+ not sealed yet; the last seal is (\d+:[0-9a-f]{64})$/m.exec(
        stdout,
      )?.[1];
    expect(seal).toBeDefined();
    expect((await passerelle('verify-audit', '--seal', seal!)).code).toBe(0);
    const other = await passerelle(
      'verify-audit',
      '--seal',
      seal!.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    );
    expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/seal \d+ was changed/) });
    expect((await passerelle('verify-audit', '--seal', 'odd')).code).toBe(2);
  });

  test('audit export writes the events of a time, one a line', async () => {
    const { code, stdout } = await passerelle('audit', 'export');
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEvent);
    expect(events.map(({ action, type }) => `${type?.code} ${action}`).slice(0, 2)).toEqual([
      'rest C',
      'rest R',
    ]);
    expect(events.some(({ id }) => id === 'seal-000000000001')).toBe(true);
    const today = new Date().toISOString().slice(0, 10);
    expect(
      (await passerelle('audit', 'export', '--since', '2020-01-01', '--until', '2020-12-31')).stdout,
    ).toBe('');
    expect((await passerelle('audit', 'export', '--since', today)).stdout).toBe(stdout);
  });

  test('audit expire removes what the settings keep no longer', async () => {
    expect((await passerelle('audit', 'expire')).stdout).toContain('0 events removed');
  });
});

test('verify-audit names the first fault and ends with 1', async () => {
  await audited();
  tamper(
    "UPDATE resource SET body = CAST(replace(body, 'Patient/a', 'Patient/x') AS BLOB) WHERE instr(body, '\"create\"')",
  );
  const { code, stderr } = await passerelle('verify-audit');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^tenant default: AuditEvent\/[0-9a-f-]+, of seal 1, was changed$/m);
  tamper("DELETE FROM resource WHERE id = 'seal-000000000001'");
  const { stderr: then } = await passerelle('verify-audit', '--tenant', 'default');
  expect(then).toContain('seal 1 was removed');
});

test.each([
  [],
  ['delete'],
  ['export', '--since', 'yesterday'],
  ['export', 'all'],
  ['expire', '--since', '2020-01-01'],
])('audit %s is refused', async (...args) => {
  expect(
    (await runPasserelle(['audit', ...(args as string[])], { DATA_DIR: await temporaryDirectory() })).code,
  ).toBe(2);
});
