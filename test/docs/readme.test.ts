import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startTestServer, type TestServer } from '../support/server.ts';

const run = promisify(execFile);
const readme = readFileSync('README.md', 'utf8');
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);

describe('the README', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ SEED: 'demo' });
  });
  afterAll(() => server.stop());

  test('has two set-up commands and three curl lines', () => {
    expect(commands.filter((command) => command.startsWith('npm'))).toEqual([
      'npm ci && npm start',
      'npm ci && npm test',
    ]);
    expect(commands.filter((command) => command.startsWith('curl'))).toHaveLength(3);
  });

  test('its curl lines find a patient, verify her INS and show both versions', async () => {
    const answers: unknown[] = [];
    for (const command of commands.filter((line) => line.startsWith('curl'))) {
      const line = command.replaceAll('http://127.0.0.1:3000', server.origin);
      const { stdout } = await run('bash', ['-c', `${line} --silent --show-error --fail`]);
      answers.push(JSON.parse(stdout));
    }
    const [search, verification, history] = answers;
    expect(search).toMatchObject({ total: 1, entry: [{ resource: { id: 'adrun-zoe' } }] });
    expect(verification).toMatchObject({
      parameter: expect.arrayContaining([
        { name: 'outcome', valueCode: 'verified' },
        { name: 'identityStatus', valueCode: 'QUAL' },
      ]),
    });
    expect(history).toMatchObject({ type: 'history', total: 2 });
  });

  test.each(['README.md', ...pages()])('%s links to files that exist', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      ([, link]) => link!,
    );
    const broken = links.filter((link) => !existsSync(join(dirname(page), link)));
    expect(broken).toEqual([]);
  });
});

function pages(): string[] {
  return [...readme.matchAll(/\]\((docs\/[\w-]+\.md)\)/g)].map(([, page]) => page!);
}
