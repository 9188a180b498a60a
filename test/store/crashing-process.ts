/** Writes pairs of resources, whose index rows wait, until it is killed, and prints the number of each pair that was acknowledged. */
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';

const [directory = '', round = ''] = process.argv.slice(2);
const store = (await openSqliteStores({ directory, quietPeriod: 0 })).forTenant('t');
const code = { parameter: 'code', code: 'x' };
let next = 0;

async function writePairs(): Promise<void> {
  for (;;) {
    const pair = `${round}-${next++}`;
    const result = await store.commit(
      ['left', 'right'].map((side) => put(`${side}-${pair}`, { index: { token: [code] } })),
    );
    if (result.ok) process.stdout.write(`${pair}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, writePairs));
