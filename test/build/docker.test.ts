import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

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
        INSI_MODE: 'off',
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
});

function healthCheck(): string[] {
  const text = /HEALTHCHECK[\s\S]*?CMD (\[.*\])/.exec(dockerfile)?.[1];
  return JSON.parse(text ?? '[]') as string[];
}

function command(): string[] {
  return JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
}
