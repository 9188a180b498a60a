import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withDataFolder, withServerProcess } from '../support/server-process.ts';

const notice = /callers need no login, and every program of this machine reads and changes everything/;

/** Runs `passerelle serve`, which is expected to refuse. */
async function refusal(environment: Record<string, string>): Promise<{ code: number; text: string }> {
  const { PATH } = process.env;
  const run = promisify(execFile)(process.execPath, ['src/cli/main.ts', 'serve'], {
    env: { PATH, PORT: '0', ...environment },
  });
  const { code, stderr } = (await run.then(
    () => Promise.reject(new Error('the server ran and ended')),
    (error) => error,
  )) as { code: number; stderr: string };
  return { code, text: stderr };
}

test('a server without logins says so in its log and where it tells its address', () =>
  withDataFolder((directory) =>
    withServerProcess(directory, {}, async (server) => {
      const lines = server.output().split('\n');
      const logged = lines.find((line) => line.startsWith('{') && notice.test(line)) ?? '{}';
      expect(JSON.parse(logged)).toMatchObject({ level: 'warn' });
      expect(lines.filter((line) => !line.startsWith('{') && notice.test(line))).toHaveLength(1);
    }),
  ));

test('a server with logins does not', () =>
  withDataFolder((directory) =>
    withServerProcess(directory, { AUTH: 'on' }, async (server) => {
      expect(server.output()).not.toContain('nobody logs in');
    }),
  ));

test('production does not start on the defaults, and tells all reasons in one message', async () => {
  const { code, text } = await refusal({ NODE_ENV: 'production' });
  expect(code).toBe(1);
  for (const name of ['AUTH', 'BASE_URL', 'SEED', 'INSI_MODE', 'PSC_MODE']) {
    expect(text).toContain(`  ${name} must`);
  }
  expect(text.match(/The settings are wrong/g)).toHaveLength(1);
});

test('nobody listens on a network without logins by mistake', async () => {
  const { code, text } = await refusal({ HOST: '0.0.0.0' });
  expect([code, text]).toEqual([1, expect.stringContaining('OPEN_ACCESS')]);
});
