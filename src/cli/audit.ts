import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { auditEvents } from '../audit/export.ts';
import { expireEvents } from '../audit/retention/retention.ts';
import { dateRange } from '../fhir/date.ts';
import { retention, settleAudit } from '../server-audit.ts';
import { defaultTenant } from '../server-core.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';

const help = `passerelle audit export [--since DATE] [--until DATE] [--tenant TENANT]
  Writes the AuditEvents of that time to the output, one a line (NDJSON), the oldest first, with their seals.
  --since DATE  from this instant or day on
  --until DATE  before this instant, or up to the end of this day
passerelle audit expire [--tenant TENANT]
  Removes the sealed AuditEvents whose time is over by the settings; the server does so every day by itself.`;

/** Runs `passerelle audit`. */
async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      since: { type: 'string' },
      until: { type: 'string' },
      tenant: { type: 'string', default: defaultTenant },
    },
  });
  const [command, ...rest] = positionals;
  const { since, until, tenant } = values;
  const [first, last] = [since, until].map((text) => (text === undefined ? undefined : dateRange(text)));
  const isRead = (text: string | undefined, range: unknown) => text === undefined || range !== undefined;
  if (rest.length === 0 && isRead(since, first) && isRead(until, last)) {
    if (command === 'export') return exportEvents(tenant, first?.low, last?.high);
    if (command === 'expire' && since === undefined && until === undefined) return expire(tenant);
  }
  console.error(help);
  return 2;
}

function exportEvents(tenant: string, since: number | undefined, until: number | undefined): Promise<number> {
  return withCore(async (core) => {
    await settleAudit(core);
    for await (const line of auditEvents(core.stores.forTenant(tenant), since, until)) {
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
    }
    return 0;
  });
}

function expire(tenant: string): Promise<number> {
  return withCore(async (core) => {
    console.log(`${await expireEvents(retention(core), tenant, Date.now())} events removed`);
    return 0;
  });
}

export const auditCommand: Command = { help, run };
