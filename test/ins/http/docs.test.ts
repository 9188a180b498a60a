import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { startTestServer, type TestServer } from '../../support/server.ts';

const run = promisify(execFile);

/** The curl lines of a page, each with the status and the outcome that the comment above it promises. */
function examplesOf(page: string): { command: string; promised: string }[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);
  return blocks.flatMap((block) => {
    const lines = block.trim().split('\n');
    return lines.flatMap((command, index) =>
      command.startsWith('#') ? [] : [{ command, promised: (lines[index - 1] ?? '').replace('# ', '') }],
    );
  });
}

/** `200 verified`, `503 unavailable`, or the status alone where the answer has no outcome. */
async function statusAndOutcome(command: string): Promise<string> {
  const { stdout } = await run('bash', [
    '-c',
    `${command} --silent --show-error --write-out '\n%{http_code}'`,
  ]);
  const end = stdout.lastIndexOf('\n');
  const outcome = /CodeSystem\/verify-ins-outcome","code":"([\w-]+)"/.exec(stdout.slice(0, end))?.[1];
  const isSearch = command.includes('VerificationResult?');
  return outcome === undefined || isSearch ? stdout.slice(end + 1) : `${stdout.slice(end + 1)} ${outcome}`;
}

describe.each(['docs/ins.md', 'docs/insi-simulator.md'])('%s', (page) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ SEED: 'demo', INSI_TIMEOUT_SECONDS: '1' });
  });
  afterAll(() => server.stop());

  test('each curl line answers what the page says', async () => {
    const examples = examplesOf(page);
    expect(examples.length).toBeGreaterThan(5);
    for (const { command, promised } of examples) {
      const found = await statusAndOutcome(command.replaceAll('http://127.0.0.1:3000', server.origin));
      expect([command, found]).toEqual([command, promised]);
    }
  });
});
