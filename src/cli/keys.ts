import { parseArgs } from 'node:util';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { containedResources } from '../interactions/contained.ts';
import { readSettings } from '../operability/settings.ts';
import { reindexAll } from '../search-parameters/reindex-all.ts';
import { addEncryptionKey } from '../store/encryption/new-key.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';
import { progressBar } from './progress.ts';

const help = `passerelle keys add [ID]
  Adds a random key to ENCRYPTION_KEYS_FILE, which is made when it is absent, and makes it the active one. The id is the
  date of today by default.

passerelle keys rotate
  Encrypts everything in the database that is not encrypted with the active key of ENCRYPTION_KEYS_FILE, what is in
  clear too, and indexes it anew; the server may go on. Stopped, it goes on where it was.`;

/** Runs `passerelle keys`. */
async function run(args: string[]): Promise<number> {
  const [action, ...rest] = parseArgs({ args, allowPositionals: true }).positionals;
  if (action === 'add' && rest.length <= 1) return add(rest[0] ?? new Date().toISOString().slice(0, 10));
  if (action === 'rotate' && rest.length === 0) return rotate();
  console.error(help);
  return 2;
}

async function add(id: string): Promise<number> {
  const { ENCRYPTION_KEYS_FILE: file } = readSettings(process.env);
  if (file === '') throw new Error(noFile);
  await addEncryptionKey(file, id);
  console.log(`The active key of ${file} is now ${id}`);
  return 0;
}

function rotate(): Promise<number> {
  return withCore(async ({ stores, searchParameters, spine }) => {
    if (stores.keyRotation === undefined) throw new Error(noFile);
    const bar = progressBar();
    const reindex = () =>
      reindexAll(searchParameters, stores.indexing, {
        containedOf: (body) => containedResources(spine, parseJson(body) as Resource),
        onProgress: (done, total) => bar.show(done, total, 'resources indexed'),
      });
    const count = await stores.keyRotation.rotate(reindex, (done, total) =>
      bar.show(done, total, 'versions read'),
    );
    bar.end();
    console.log(`${count} versions encrypted with the active key`);
    return 0;
  });
}

const noFile = 'There are no keys: set ENCRYPTION_KEYS_FILE';

export const keysCommand: Command = { help, run };
