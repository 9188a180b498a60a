import { parseArgs } from 'node:util';
import { dateRange } from '../fhir/date.ts';
import { parseSearch } from '../search/parse.ts';
import { defaultTenant } from '../server-core.ts';
import { withCore } from './core.ts';

export const insHelp = `passerelle ins due [--before DATE]
  Lists the patients whose INS is due for a new check, one id a line.
  --before DATE  due on or before that day, today by default`;

/** Runs `passerelle ins due`. */
export async function insCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { before: { type: 'string', default: new Date().toISOString().slice(0, 10) } },
  });
  if (positionals.length !== 1 || positionals[0] !== 'due' || dateRange(values.before) === undefined) {
    console.error(insHelp);
    return 2;
  }
  return withCore(async ({ spine, stores }) => {
    const { expression } = parseSearch({
      type: 'Patient',
      query: [['ins-check-due', `le${values.before}`]],
      parameters: spine.parameters,
      baseUrls: [spine.baseUrl],
      strict: true,
      reserved: [],
    });
    const store = stores.forTenant(defaultTenant);
    let cursor: string | undefined;
    do {
      const at = cursor === undefined ? {} : { cursor };
      const page = await store.search({ type: 'Patient', expression, sort: [], count: 500, ...at });
      for (const { id } of page.matches) console.log(id);
      cursor = page.next;
    } while (cursor !== undefined);
    return 0;
  });
}
