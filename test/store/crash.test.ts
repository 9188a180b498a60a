import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { foundIds } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const script = fileURLToPath(new URL('./crashing-process.ts', import.meta.url));

/** Pairs that the process acknowledged before it was killed in the middle of its work. */
async function writeAndKill(directory: string, round: number, pairs: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > pairs) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return output.split('\n').slice(0, -1);
}

test('after a kill every acknowledged commit is there and none is there by half', async () => {
  const directory = await temporaryDirectory();
  const acknowledged: string[] = [];
  for (const round of [1, 2, 3]) {
    acknowledged.push(...(await writeAndKill(directory, round, 40 * round)));
    const stores = await openSqliteStores({ directory });
    const store = stores.forTenant('t');
    const expression = { kind: 'token', parameter: 'code', code: 'x' } as const;
    const found = new Set(await foundIds(store, expression, { count: 1000 }));
    const all = await foundIds(store, { kind: 'and', operands: [] }, { count: 1000 });
    expect([...found].sort()).toEqual([...all].sort());
    for (const pair of acknowledged) expect(found).toContain(`left-${pair}`);
    for (const id of found)
      expect(found).toContain(id.replace(/^\w+/, (side) => (side === 'left' ? 'right' : 'left')));
    await stores.close();
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(240);
});
