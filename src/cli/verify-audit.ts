import { parseArgs } from 'node:util';
import { type AuditFault, type AuditState, verifyAudit } from '../audit/seals/verify.ts';
import { settleAudit } from '../server-audit.ts';
import { defaultTenant } from '../server-core.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';

const help = `passerelle verify-audit [--tenant TENANT] [--seal NUMBER:HASH]
  Goes through the audit trail and tells the first event or seal that was changed, removed, inserted or moved since
  it was sealed; the exit code is then 1. The server may go on.
  --seal NUMBER:HASH  a seal as the log of the server told it at some time: it must be that one still`;

/** Runs `passerelle verify-audit`. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { tenant: { type: 'string', default: defaultTenant }, seal: { type: 'string' } },
  });
  const { tenant } = values;
  const [, number, hash = ''] = /^(\d+):([0-9a-f]{64})$/.exec(values.seal ?? '') ?? [];
  if (values.seal !== undefined && number === undefined) {
    console.error(help);
    return 2;
  }
  return withCore(async (core) => {
    const { stores } = core;
    await settleAudit(core);
    const known = number === undefined ? {} : { known: { number: Number(number), hash } };
    const state = await verifyAudit({ stores, tenant, ...known });
    console.log(`tenant ${tenant}: ${stateText(state)}`);
    if (state.fault === undefined) return 0;
    console.error(`tenant ${tenant}: ${faultText(state.fault)}`);
    return 1;
  });
}

function stateText({ seals, events, expired, unsealed, head, fault }: AuditState): string {
  const verified = `${seals} seals, ${events} events`;
  const gone = expired === 0 ? '' : `, ${expired} removed when their time was over`;
  if (fault !== undefined) return `${verified}${gone} before the first fault`;
  const last = head === undefined ? '' : `; the last seal is ${head.number}:${head.hash}`;
  return `${verified}${gone}, ${unsealed} not sealed yet${last}`;
}

function faultText(fault: AuditFault): string {
  switch (fault.kind) {
    case 'event-changed':
      return `AuditEvent/${fault.event}, of seal ${fault.seal}, was changed`;
    case 'event-inserted':
      return `AuditEvent/${fault.event} was inserted among the events of seal ${fault.seal}`;
    case 'events-reordered':
      return `AuditEvent/${fault.event}, of seal ${fault.seal}, was moved`;
    case 'event-removed':
      return `event ${fault.position} of seal ${fault.seal} was removed`;
    case 'seal-changed':
      return `seal ${fault.seal} was changed`;
    case 'seal-missing':
      return `seal ${fault.seal} was removed`;
    case 'seal-foreign':
      return `a seal that is none was inserted among the events of seal ${fault.seal}`;
  }
}

export const verifyAuditCommand: Command = { help, run };
