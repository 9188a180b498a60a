import { parseArgs } from 'node:util';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { containedResources } from '../interactions/contained.ts';
import { reindexAll } from '../search-parameters/reindex-all.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';
import { progressBar } from './progress.ts';

const backupHelp = `passerelle backup FILE
  Copies the database, as it is at one instant, to a new file; the server may go on.`;

/** Runs `passerelle backup`. */
async function backup(args: string[]): Promise<number> {
  const [file, ...rest] = parseArgs({ args, allowPositionals: true }).positionals;
  if (file === undefined || rest.length > 0) {
    console.error(backupHelp);
    return 2;
  }
  return withCore(async ({ stores }) => {
    await stores.backup(file);
    console.log(`The database is copied to ${file}`);
    return 0;
  });
}

const reindexHelp = `passerelle reindex
  Computes the search indexes of all resources anew; the server may go on. Stopped, it goes on where it was.`;

/** Runs `passerelle reindex`. */
function reindex(): Promise<number> {
  return withCore(async ({ stores, searchParameters, spine }) => {
    const bar = progressBar();
    const count = await reindexAll(searchParameters, stores.indexing, {
      containedOf: (body) => containedResources(spine, parseJson(body) as Resource),
      onProgress: (done, total) => bar.show(done, total),
    });
    bar.end();
    console.log(`${count} resources indexed anew`);
    return 0;
  });
}

export const backupCommand: Command = { help: backupHelp, run: backup };
export const reindexCommand: Command = { help: reindexHelp, run: reindex };
