import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Actor } from '../../../src/access/actor.ts';
import { loadConformance } from '../../../src/fhir/conformance/load.ts';
import { unusableResources } from '../../../src/fhir/packages/check-packages.ts';
import { loadPackages } from '../../../src/fhir/packages/loaded-packages.ts';
import { manifest, packageFile, profile, valueSet } from '../../support/fhir-package.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('the administration of packages', () => {
  const administrator: Actor = { kind: 'professional', tenant: 'default', roles: ['admin'], context: {} };
  let server: TestServer;
  let caller: Actor = administrator;

  beforeAll(async () => {
    server = await startTestServer({}, { authenticate: async () => caller });
  });
  afterAll(() => server.stop());

  async function call(method: string, path = '', body?: Buffer): Promise<{ status: number; body: string }> {
    const url = `${server.origin}/api/v1/admin/packages${path}`;
    const headers = { 'content-type': 'application/gzip' };
    const answer = await fetch(url, { method, headers, ...(body && { body: new Uint8Array(body) }) });
    return { status: answer.status, body: await answer.text() };
  }

  const expand = async () => {
    const url = `${server.fhir}/ValueSet/$expand?url=${valueSet('1').url}`;
    return (await fetch(url)).status;
  };
  const include = [{ system: 'http://x.test/cs', concept: [{ code: 'a' }] }];
  const content = packageFile({
    'package.json': manifest,
    'v.json': { ...valueSet('1'), compose: { include } },
  });

  test('adds a package whose terminology works at once, lists it and takes it away', async () => {
    expect(await expand()).toBe(404);
    const added = await call('POST', '', content);
    expect(added.status).toBe(201);
    expect(JSON.parse(added.body)).toEqual({
      name: manifest.name,
      version: '1.0.0',
      resources: 1,
      missing: [],
    });
    expect(await expand()).toBe(200);
    expect((await call('POST', '', content)).status).toBe(409);
    expect(await readdir(join(server.directory, 'packages'))).toEqual(['x.test.package-1.0.0.tgz']);
    expect(JSON.parse((await call('GET')).body)).toEqual({
      packages: [{ name: manifest.name, version: '1.0.0', resources: 1 }],
      broken: [],
      missing: [],
    });
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(404);
    expect(await expand()).toBe(404);
  });

  test.each<[string, object, string]>([
    ['base that is no array', { base: 'Patient' }, 'SearchParameter.base must be an array'],
    ['component that is none', { component: [null] }, 'SearchParameter.component[0] must be an object'],
    ['expression that is no text', { expression: 5 }, 'SearchParameter.expression must be a string'],
    ['code that lacks', { code: undefined }, 'SearchParameter.code is missing'],
  ])(
    'a search parameter with a %s is left out, and all else of its package works',
    async (_, wrong, problem) => {
      const parameter = {
        resourceType: 'SearchParameter',
        url: 'http://x.test/wrong',
        status: 'active',
        code: 'wrong',
        base: ['Patient'],
        type: 'string',
        expression: 'Patient.name.given',
      };
      const bytes = packageFile({
        'package.json': manifest,
        'v.json': { ...valueSet('1'), compose: { include } },
        's.json': { ...parameter, ...wrong },
      });
      expect((await call('POST', '', bytes)).status).toBe(201);
      const loaded = await loadPackages(join(server.directory, 'packages'));
      expect(unusableResources(loaded, loadConformance([loaded.layer])).map((one) => one.problem)).toEqual([
        problem,
      ]);
      expect(await expand()).toBe(200);
      expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    },
  );

  test('its search parameter and its guide are told once they can be used, until it is taken away', async () => {
    const parameter = {
      resourceType: 'SearchParameter',
      url: 'http://x.test/nickname',
      name: 'nickname',
      status: 'active',
      description: 'By nickname',
      code: 'nickname',
      base: ['Patient'],
      type: 'string',
      expression: "Patient.name.where(use = 'nickname').given",
    };
    const guide = { resourceType: 'ImplementationGuide', url: 'http://x.test/guide', version: '1' };
    const patient = { resourceType: 'Patient', name: [{ use: 'nickname', given: ['Jo'] }] };
    caller = { ...administrator, kind: 'service' };
    await fetch(`${server.fhir}/Patient`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(patient),
    });
    const told = async () => {
      const text = await (await fetch(`${server.fhir}/metadata`)).text();
      return ['http://x.test/nickname', 'http://x.test/guide|1'].map((url) => text.includes(url));
    };
    const found = async () => {
      const answer = await fetch(`${server.fhir}/Patient?nickname=jo`, {
        headers: { prefer: 'handling=strict' },
      });
      return answer.ok ? JSON.parse(await answer.text()).entry?.length : answer.status;
    };
    expect([await told(), await found()]).toEqual([[false, false], 400]);
    const bytes = packageFile({ 'package.json': manifest, 's.json': parameter, 'g.json': guide });
    // Beside the server, as its command does.
    await writeFile(join(server.directory, 'packages', 'beside.tgz'), bytes);
    expect(await server.running.core.packages.refresh()).toBe(true);
    expect((await told())[1]).toBe(true);
    let [isTold] = await told();
    for (; !isTold; [isTold] = await told()) await setTimeout(5);
    expect(await found()).toBe(1);
    expect(await server.running.core.packages.refresh()).toBe(false);
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    expect([await told(), await found()]).toEqual([[false, false], 400]);
    caller = administrator;
  });

  test('its code system, however large, decides what is written and is expanded', async () => {
    caller = { ...administrator, kind: 'service' };
    const system = 'http://x.test/large';
    const display = 'x'.repeat(100);
    const concept = Array.from({ length: 6000 }, (_, n) => ({ code: `c${n}`, display: `${display} ${n}` }));
    const bytes = packageFile({
      'package.json': manifest,
      'c.json': { resourceType: 'CodeSystem', url: system, status: 'active', content: 'complete', concept },
      'v.json': { ...valueSet('1'), compose: { include: [{ system }] } },
      'p.json': {
        ...profile('http://hl7.org/fhir/StructureDefinition/Basic'),
        type: 'Basic',
        differential: {
          element: [
            {
              id: 'Basic.code',
              path: 'Basic.code',
              binding: { strength: 'required', valueSet: valueSet('1').url },
            },
          ],
        },
      },
    });
    expect((await call('POST', '', bytes)).status).toBe(201);
    const write = async (code: string) => {
      const coding = [{ system, code }];
      const resource = {
        resourceType: 'Basic',
        meta: { profile: ['http://x.test/profile'] },
        code: { coding },
      };
      const headers = { 'content-type': 'application/fhir+json' };
      return fetch(`${server.fhir}/Basic`, { method: 'POST', headers, body: JSON.stringify(resource) });
    };
    expect((await Promise.all(['c5999', 'c6000'].map(write))).map(({ status }) => status)).toEqual([
      201, 422,
    ]);
    const page = await fetch(`${server.fhir}/ValueSet/$expand?url=${valueSet('1').url}&filter=x+59&count=1`);
    expect(JSON.parse(await page.text()).expansion).toMatchObject({
      total: 219,
      contains: [{ code: 'c59' }],
    });
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    caller = administrator;
  });

  test('refuses what is no package with the reason, and keeps nothing of it', async () => {
    const { status, body } = await call('POST', '', packageFile({ 'a.json': {} }));
    expect([status, JSON.parse(body).issue[0].diagnostics]).toEqual([
      422,
      'It is no FHIR package: there is no package.json',
    ]);
    expect((await call('POST', '', Buffer.from('x'))).body).not.toContain(server.directory);
    expect(await readdir(join(server.directory, 'packages'))).toEqual([]);
  });

  test('is not for users of other roles', async () => {
    caller = { ...administrator, roles: ['doctor'] };
    for (const answer of [call('GET'), call('POST', '', content), call('DELETE', '/x/1')]) {
      expect((await answer).status).toBe(403);
    }
    caller = administrator;
  });
});
