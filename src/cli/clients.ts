import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { ClientRegistry } from '../auth/clients/registry.ts';
import { FhirError } from '../fhir/error.ts';
import { openClients } from '../server-clients.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';

const help = `passerelle clients add FILE
  Registers a client of the authorization server: a JSON file of its metadata (RFC 7591), its SMART scopes among them.
  Prints it with its client_secret, which is shown this once.
passerelle clients list
  Prints the clients as JSON, without secrets.
passerelle clients rotate ID
  Gives a client a new secret; the old one ends at once.
passerelle clients revoke ID
  Ends a client and its tokens.`;

/** Runs `passerelle clients`. */
async function run(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [command, operand, ...rest] = positionals;
  const needsOperand = command !== 'list';
  const isKnown = ['add', 'list', 'rotate', 'revoke'].includes(command ?? '');
  if (!isKnown || needsOperand !== (operand !== undefined) || rest.length > 0) {
    console.error(help);
    return 2;
  }
  const given = operand ?? '';
  return withCore(async (core) => {
    const clients = openClients(core);
    if (command === 'list') print(await clients.list());
    else if (command === 'add') return add(clients, given);
    else if (command === 'rotate') print(flat(await clients.rotate(given)));
    else await clients.revoke(given);
    return 0;
  });
}

/** Names every property at fault, not the first alone. */
async function add(clients: ClientRegistry, file: string): Promise<number> {
  try {
    print(flat(await clients.register(JSON.parse(await readFile(file, 'utf8')))));
    return 0;
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    for (const { expression = file, diagnostics } of error.issues)
      console.error(`${expression}: ${diagnostics}`);
    return 1;
  }
}

function flat<T extends object>({ client, ...secret }: { client: T; client_secret?: string }) {
  return { ...client, ...secret };
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

export const clientsCommand: Command = { help, run };
