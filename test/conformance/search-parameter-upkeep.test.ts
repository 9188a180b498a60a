import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bundle, CapabilityStatement, FhirResource, SearchParameter } from 'fhir/r4.d.ts';
import { created, type FhirHttp, fhirHttp } from '../support/fhir-http.ts';
import { manifest, packageFile } from '../support/fhir-package.ts';
import { searchParameter, whenIndexed } from '../support/search-parameters.ts';
import { startTestServer } from '../support/server.ts';
import { withDataFolder, withServerProcess } from '../support/server-process.ts';
import { many, storeSettings } from '../support/store-under-test.ts';

const run = promisify(execFile);
const repository = new URL('../..', import.meta.url).pathname;

/** Married patients in one transaction. */
function patients(prefix: string, count: number): Bundle<FhirResource> {
  const entry = Array.from({ length: count }, (_, n) => ({
    resource: {
      resourceType: 'Patient' as const,
      id: `${prefix}${n}`,
      maritalStatus: { coding: [{ code: 'M' }] },
    },
    request: { method: 'PUT' as const, url: `Patient/${prefix}${n}` },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

async function load(http: FhirHttp, prefix: string, count: number): Promise<void> {
  const answer = await http.post('', patients(prefix, count), { Prefer: 'return=minimal' });
  if (answer.status !== 200) throw new Error(answer.text);
}

async function count(http: FhirHttp, search: string): Promise<number | undefined> {
  return (await whenIndexed(http, `${search}&_summary=count`)).json<Bundle>().total;
}

const marital = searchParameter({ code: 'marital' });

describe('the index of a new search parameter', () => {
  test('a server that is killed while it is built finishes it, and no search ever sees a part', async () => {
    await withDataFolder(async (directory) => {
      await withServerProcess(directory, {}, async ({ origin, signal, exited }) => {
        const http = fhirHttp(origin);
        for (const prefix of ['a', 'b', 'c']) await load(http, prefix, many(500));
        await created(http, marital);
        expect([200, 503]).toContain((await http.get('Patient?marital=M&_summary=count')).status);
        signal('SIGKILL');
        await exited;
      });
      await withServerProcess(directory, {}, async ({ origin }) => {
        expect(await count(fhirHttp(origin), 'Patient?marital=M')).toBe(many(1500));
      });
      await withServerProcess(directory, {}, async ({ origin, output }) => {
        const answer = await fhirHttp(origin).get('Patient?marital=M&_summary=count');
        expect([answer.status, answer.json<Bundle>().total]).toEqual([200, many(1500)]);
        expect(output()).not.toContain('search index');
      });
    });
  }, 180_000);

  test('holds what was written while it was built, by writers that started before', async () => {
    const server = await startTestServer();
    try {
      const http = fhirHttp(server.origin);
      await load(http, 'old', many(300));
      const writers = Array.from({ length: 8 }, (_, n) => load(http, `w${n}-`, many(60)));
      await created(http, marital);
      await Promise.all([...writers, load(http, 'after', many(50))]);
      expect(await count(http, 'Patient?marital=M')).toBe(many(300 + 8 * 60 + 50));
    } finally {
      await server.stop();
    }
  });

  test('passerelle reindex beside the server knows the parameter', async () => {
    const server = await startTestServer();
    try {
      const http = fhirHttp(server.origin);
      await load(http, 'x', 20);
      await created(http, marital);
      const environment = {
        ...process.env,
        ...(await storeSettings(server.directory)),
        DATA_DIR: server.directory,
        NODE_ENV: 'test',
      };
      const { stdout } = await run(process.execPath, ['src/cli/main.ts', 'reindex'], {
        cwd: repository,
        env: environment,
      });
      expect(stdout).toContain('21 resources indexed anew');
      expect(await count(http, 'Patient?marital=M')).toBe(20);
      // The tables of the running server go on: what it writes is indexed by the parameter.
      await load(http, 'y', 5);
      expect(await count(http, 'Patient?marital=M')).toBe(25);
    } finally {
      await server.stop();
    }
  }, 30_000);

  test('many parameters at once are all there in the end', async () => {
    const server = await startTestServer();
    try {
      const http = fhirHttp(server.origin);
      await load(http, 'x', many(150));
      const codes = Array.from({ length: 12 }, (_, n) => `many-${n}`);
      await Promise.all(codes.map((code) => created(http, searchParameter({ code }))));
      for (const code of codes) expect(await count(http, `Patient?${code}=M`)).toBe(many(150));
    } finally {
      await server.stop();
    }
  });
});

describe('search parameters of FHIR packages', () => {
  async function startWith(packages: string, work: (http: FhirHttp) => Promise<void>, directory: string) {
    const server = await startTestServer({ PACKAGES_DIR: packages, DATA_DIR: directory });
    try {
      await work(fhirHttp(server.origin));
    } finally {
      await server.running.close();
    }
  }

  const guide = { resourceType: 'ImplementationGuide', url: 'http://x.test/guide', version: '1.0.0' };
  const inPackage = searchParameter({ code: 'packaged' });

  test('are offered by the server that is set to them, over restarts, until they are taken away', async () => {
    await withDataFolder(async (directory) => {
      const [none, packages] = [join(directory, 'none'), join(directory, 'some')];
      await mkdir(packages);
      const parameters: SearchParameter[] = [
        inPackage,
        searchParameter({ code: 'impossible', expression: 'Patient.nome' }),
        searchParameter({
          code: 'gender',
          derivedFrom: 'http://hl7.org/fhir/SearchParameter/individual-gender',
        }),
        searchParameter({ code: 'drafted', status: 'draft' }),
      ];
      const files = parameters.map((each) => [`SearchParameter-${each.code}.json`, each]);
      const content = { 'package.json': manifest, ...Object.fromEntries(files), 'ig.json': guide };
      await writeFile(join(packages, 'x.tgz'), packageFile(content));
      // What is broken does not keep the others away.
      await writeFile(join(packages, 'broken.tgz'), 'broken');
      await mkdir(join(packages, 'empty'));
      await startWith(
        none,
        async (http) => {
          await load(http, 'x', 10);
          expect((await http.get('Patient?packaged=M', { Prefer: 'handling=strict' })).status).toBe(400);
        },
        directory,
      );
      await startWith(
        packages,
        async (http) => {
          expect(await count(http, 'Patient?packaged=M')).toBe(10);
          const statement = (await http.get('metadata')).json<CapabilityStatement>();
          expect(statement.implementationGuide).toEqual([`${guide.url}|${guide.version}`]);
          const patient = statement.rest![0]!.resource!.find(({ type }) => type === 'Patient')!;
          const names = patient.searchParam!.map(({ name }) => name);
          expect(names).toContain('packaged');
          for (const code of ['impossible', 'drafted']) expect(names).not.toContain(code);
          // As a resource it stands beside that of the package; another definition does not.
          await created(http, inPackage);
          expect(
            (await http.post('SearchParameter', { ...inPackage, expression: 'Patient.gender' })).status,
          ).toBe(422);
          const clash = searchParameter({ code: 'packaged', url: 'http://x.test/SearchParameter/clash' });
          expect((await http.post('SearchParameter', clash)).status).toBe(422);
        },
        directory,
      );
      await startWith(
        none,
        async (http) => {
          // The resource is still there, and now defines the parameter by itself.
          expect(await count(http, 'Patient?packaged=M')).toBe(10);
          const [entry] = (await http.get('SearchParameter?code=packaged')).json<Bundle>().entry!;
          await http.delete(`SearchParameter/${entry!.resource!.id}`);
          expect((await http.get('Patient?packaged=M', { Prefer: 'handling=strict' })).status).toBe(400);
        },
        directory,
      );
    });
  }, 30_000);
});
