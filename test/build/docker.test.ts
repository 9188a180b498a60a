import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testCertificates } from '../support/certificates.ts';
import { withDataFolder, withServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const dockerfile = readFileSync('Dockerfile', 'utf8');

describe('the Dockerfile', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'passerelle-image-'));
    await run('npm', ['run', 'build']);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('copies what exists', () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, list]) =>
      list!.split(' '),
    );
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.filter((source) => !existsSync(source))).toEqual([]);
  });

  test('runs without root and has a writable place for data alone', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^VOLUME \/data$/m);
  });

  test('its command serves in production, its health check tells so, and it ends on SIGTERM', async () => {
    const [node, ...args] = command();
    expect(node).toBe('node');
    const child = spawn(process.execPath, args, {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        PORT: '0',
        DATA_DIR: directory,
        SEED: 'none',
        BASE_URL: 'https://fhir.hospital.example',
        TRUSTED_PROXIES: '192.0.2.7',
        AUTH: 'on',
        INSI_MODE: 'off',
        PSC_MODE: 'real',
        PSC_ENVIRONMENT: 'production',
        PSC_CLIENT_ID: 'hospital',
        PSC_CLIENT_SECRET: 'MGjAnPLYmbEr7kIm2T9C3w',
        INS_OIDS: '1.2.250.1.213.1.4.8,1.2.250.1.213.1.4.9',
        INS_DUPLICATES: 'refuse',
      },
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { message, url, port } = JSON.parse(line.toString()) as {
      message: string;
      url: string;
      port: number;
    };
    expect([message, url]).toEqual(['listening', 'https://fhir.hospital.example']);

    const [, ...check] = healthCheck();
    const healthy = run(process.execPath, check, { env: { PORT: String(port) } });
    await expect(healthy).resolves.toBeDefined();
    const metadata = await fetch(`http://127.0.0.1:${port}/fhir/metadata`);
    expect(await metadata.json()).toMatchObject({
      implementation: { url: 'https://fhir.hospital.example/fhir' },
    });

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(run(process.execPath, check, { env: { PORT: String(port) } })).rejects.toThrow();
  });

  test('its health check reaches a server that ends TLS itself', () =>
    withDataFolder(async (directory) => {
      const certificates = testCertificates();
      certificates.authority('own');
      const tls = { TLS_CERTIFICATE: certificates.path('own.pem'), TLS_KEY: certificates.path('own.key') };
      const environment = { ...tls, INSI_MODE: 'off', PSC_MODE: 'off' };
      try {
        await withServerProcess(directory, environment, async ({ origin }) => {
          const [, ...check] = healthCheck();
          const { port: PORT } = new URL(origin);
          await expect(run(process.execPath, check, { env: { ...tls, PORT } })).resolves.toBeDefined();
          await expect(run(process.execPath, check, { env: { PORT } })).rejects.toThrow();
        });
      } finally {
        certificates.remove();
      }
    }));
});

function healthCheck(): string[] {
  const text = /HEALTHCHECK[\s\S]*?CMD (\[.*\])/.exec(dockerfile)?.[1];
  return JSON.parse(text ?? '[]') as string[];
}

function command(): string[] {
  return JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
}
