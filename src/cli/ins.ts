import { parseArgs } from 'node:util';
import { dateRange } from '../fhir/date.ts';
import { readInsiAnswer } from '../ins/insi-answer.ts';
import { parseSearch } from '../search/parse.ts';
import { defaultTenant } from '../server-core.ts';
import { searchPages } from '../store/search-pages.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';

const help = `passerelle ins due [--before DATE]
  Lists the patients whose INS is due for a new check, one id a line.
  --before DATE  due on or before that day, today by default
passerelle ins answer ID
  Prints the SOAP answer of INSi that the VerificationResult of this id keeps. It is identity data.`;

/** Runs `passerelle ins`. */
async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { before: { type: 'string', default: new Date().toISOString().slice(0, 10) } },
  });
  const [command, id, ...rest] = positionals;
  if (command === 'answer' && id !== undefined && rest.length === 0) return printAnswer(id);
  if (command === 'due' && id === undefined && dateRange(values.before) !== undefined)
    return listDue(values.before);
  console.error(help);
  return 2;
}

function printAnswer(id: string): Promise<number> {
  return withCore(async ({ stores }) => {
    console.log(await readInsiAnswer(stores, defaultTenant, id));
    return 0;
  });
}

/** Prints the ids by pages, so that any number of patients can be due. */
function listDue(before: string): Promise<number> {
  return withCore(async ({ spine, stores }) => {
    const { expression } = parseSearch({
      type: 'Patient',
      query: [['ins-check-due', `le${before}`]],
      parameters: spine.parameters,
      baseUrls: [spine.baseUrl],
      strict: true,
      reserved: [],
    });
    const store = stores.forTenant(defaultTenant);
    for await (const matches of searchPages(store, { type: 'Patient', expression, sort: [], count: 500 })) {
      for (const { id } of matches) console.log(id);
    }
    return 0;
  });
}

export const insCommand: Command = { help, run };
