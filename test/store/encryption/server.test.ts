import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationOutcome, Patient } from 'fhir/r4.d.ts';
import { type FhirHttp, fhirHttp, issueOf, matchIds } from '../../support/fhir-http.ts';
import { runPasserelle } from '../../support/passerelle.ts';
import { observation } from '../../support/resources.ts';
import { startTestServer } from '../../support/server.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { databases, type TestDatabase } from './databases.ts';
import { keysText, newKey } from './keys.ts';

import.meta.jest.setTimeout(400_000);

const ins = 'urn:oid:1.2.250.1.213.1.4.8';
const matricule = '275076322110130';
const types = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203';
const [one, hash] = [newKey(), newKey()];

/** Texts of bodies that no search goes by, and the matricule. */
const secrets = [matricule, 'Narrativemark', 'Contactmark', 'Notemark', 'Innermark'];

const person: Patient = {
  resourceType: 'Patient',
  id: 'p',
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Narrativemark</div>' },
  identifier: [
    {
      system: ins,
      value: matricule,
      use: 'official',
      type: { coding: [{ system: types, code: 'INS-NIR' }] },
    },
  ],
  name: [{ family: 'Ménard', use: 'official' }],
  contact: [{ name: { family: 'Contactmark' } }],
};

const finding = {
  ...observation('Patient/p', { note: [{ text: 'Notemark' }] }),
  id: 'o',
  subject: { reference: 'Patient/p', identifier: { system: ins, value: matricule } },
  contained: [
    {
      resourceType: 'Practitioner',
      id: 'd',
      name: [{ text: 'x' }],
      address: [{ text: 'y' }],
      qualification: [{ code: { text: 'Innermark' } }],
    },
  ],
  performer: [{ reference: '#d' }],
};

const searches = (): [search: string, ids: string[]][] => {
  const value = `${ins}|${matricule}`;
  return [
    [`Patient?identifier=${value}`, ['p']],
    [`Patient?identifier=${matricule}`, ['p']],
    [`Patient?identifier=${ins}|`, ['p']],
    [`Patient?identifier:of-type=${types}|INS-NIR|${matricule}`, ['p']],
    [`Patient?identifier:not=${value}`, []],
    [`Patient?_filter=identifier eq ${value}`, ['p']],
    [`Patient?_has:Observation:subject:patient.identifier=${value}`, ['p']],
    [`Observation?patient.identifier=${value}`, ['o']],
    [`Observation?subject:Patient.identifier=${matricule}`, ['o']],
    [`Observation?subject:identifier=${value}`, ['o']],
    [`Patient?family=men`, ['p']],
    // Beginnings of a hashed value, and its hash, find nothing.
    [`Patient?identifier=${ins}|${matricule.slice(0, 13)}`, []],
    [`Patient?identifier=${ins}|${matricule}0`, []],
  ];
};

async function expectFound(http: FhirHttp): Promise<void> {
  for (const [search, ids] of searches()) {
    const answer = await http.get(search.replaceAll(' ', '%20'));
    expect([search, answer.status, matchIds(answer)]).toEqual([search, 200, ids]);
  }
}

describe.each(['sqlite', 'mongodb'] as const)('a server of an encrypted database of %s', (kind) => {
  let database: TestDatabase;
  let keysFile: string;
  let settings: Record<string, string>;

  beforeEach(async () => {
    database = await databases[kind]();
    keysFile = join(await temporaryDirectory(), 'keys.json');
    settings = { ...database.settings, ERASURE: 'on' };
    await writeFile(keysFile, keysText({ one }, hash), { mode: 0o600 });
  });

  const withKeys = () => ({ ...settings, ENCRYPTION_KEYS_FILE: keysFile });

  async function serving<T>(
    environment: Record<string, string>,
    work: (http: FhirHttp) => Promise<T>,
  ): Promise<T> {
    const server = await startTestServer(environment);
    try {
      return await work(fhirHttp(server.origin));
    } finally {
      await server.stop();
    }
  }

  async function leaks(): Promise<string[]> {
    const content = await database.content();
    return secrets.filter((text) => content.includes(text));
  }

  async function fill(http: FhirHttp): Promise<void> {
    expect((await http.put('Patient/p', person)).status).toBe(201);
    expect((await http.put('Observation/o', finding)).status).toBe(201);
    const condition = { 'If-None-Exist': `identifier=${ins}|${matricule}` };
    const again = await http.post('Patient', { ...person, id: undefined }, condition);
    expect([again.status, again.headers['etag']]).toEqual([200, 'W/"1"']);
    const update = { ...person, birthDate: '1975-07-01' };
    const conditional = await http.put(`Patient?identifier=${ins}|${matricule}`, update);
    expect([conditional.status, conditional.headers['etag']]).toEqual([200, 'W/"2"']);
  }

  test('answers as any other, with nothing in clear in its database', async () => {
    await serving(withKeys(), async (http) => {
      await fill(http);
      await expectFound(http);
      expect((await http.get('Patient/p')).json()).toMatchObject({ ...person, birthDate: '1975-07-01' });
      expect((await http.get('Patient/p/_history/1')).json()).toMatchObject({ ...person });
      expect((await http.get('Patient/p/_history')).text).toContain('Contactmark');
      expect((await http.get('Patient/p/$everything')).text).toContain('Notemark');
      expect((await http.get('Practitioner?_contained=true')).text).toContain('Innermark');
      const offered = (await http.get('metadata')).text;
      expect([offered.includes('"_text"'), offered.includes('"_id"')]).toEqual([false, true]);
      for (const words of ['_text=narrativemark', '_content=notemark']) {
        const refused = await http.get(`Patient?${words}`);
        expect([refused.status, issueOf(refused).code]).toEqual([400, 'not-supported']);
      }
      expect(await leaks()).toEqual([]);
      const reason = {
        resourceType: 'Parameters',
        parameter: [
          { name: 'reason', valueCode: 'data-subject-request' },
          { name: 'scope', valueCode: 'compartment' },
        ],
      };
      const erased = await http.post('Patient/p/$erase', reason);
      expect([erased.status, erased.text]).toEqual([200, expect.stringContaining('Observation')]);
      expect((await http.get('Observation/o')).status).toBe(404);
    });
  });

  test('is taken from clear to encrypted, and indexed anew, by commands', async () => {
    await serving(settings, fill);
    expect((await leaks()).sort()).toEqual([...secrets].sort());
    await serving(withKeys(), expectFound);
    const rotated = await runPasserelle(['keys', 'rotate'], withKeys());
    expect([rotated.code, rotated.stderr]).toEqual([0, '']);
    expect(rotated.stdout).toMatch(/^[1-9]\d* versions encrypted/);
    expect((await runPasserelle(['keys', 'add', 'two'], withKeys())).code).toBe(0);
    expect((await runPasserelle(['keys', 'rotate'], withKeys())).code).toBe(0);
    const { active, keys, hashKey } = JSON.parse(await readFile(keysFile, 'utf8'));
    await writeFile(keysFile, keysText({ [active]: keys[active] }, hashKey));
    expect((await runPasserelle(['reindex'], withKeys())).code).toBe(0);
    expect(await leaks()).toEqual([]);
    await serving(withKeys(), async (http) => {
      await expectFound(http);
      const read = await http.get('Patient/p');
      expect([read.headers['etag'], read.json()]).toMatchObject(['W/"2"', person]);
      expect((await http.get('Patient/p/_history')).json()).toMatchObject({ total: 2 });
      expect((await http.get('Practitioner?_contained=true')).text).toContain('Innermark');
    });
    await expect(startTestServer(settings)).rejects.toThrow('it needs the keys of ENCRYPTION_KEYS_FILE');
    const without = await runPasserelle(['keys', 'rotate'], settings);
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('ENCRYPTION_KEYS_FILE')]);
    if (kind === 'sqlite') {
      const [backup, copy] = [await temporaryDirectory(), await temporaryDirectory()];
      const file = join(backup, 'passerelle.db');
      expect((await runPasserelle(['backup', file], withKeys())).code).toBe(0);
      await serving({ ...withKeys(), DATA_DIR: backup }, expectFound);
      const places = ['--from', `sqlite:${backup}`, '--to', `sqlite:${copy}`];
      const copied = await runPasserelle(['copy', ...places], withKeys());
      expect([copied.code, copied.stdout]).toEqual([0, expect.stringContaining('equal')]);
      await serving({ ...withKeys(), DATA_DIR: copy }, expectFound);
    }
  });

  test('answers 500 for a body that was changed, with a log line that tells nothing of it', async () => {
    const written: string[] = [];
    const write = import.meta.jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    try {
      await serving(withKeys(), async (http) => {
        await http.put('Patient/p', person);
        await http.put('Patient/q', { ...person, id: 'q', identifier: undefined });
        await database.tamper((body, bodies) => bodies.find((other) => !other.equals(body)) as Buffer);
        for (const path of ['Patient/p', 'Patient?_id=q', 'Patient/p/_history']) {
          const answer = await http.get(path);
          expect([path, answer.status, answer.json<OperationOutcome>().issue[0]?.code]).toEqual([
            path,
            500,
            'exception',
          ]);
          for (const text of secrets) expect(answer.text).not.toContain(text);
        }
      });
    } finally {
      write.mockRestore();
    }
    const lines = written.filter((text) => text.includes('changed outside of this program'));
    expect(lines).toHaveLength(3);
    for (const text of [...secrets, 'Ménard', one, hash]) expect(written.join()).not.toContain(text);
  });
});
