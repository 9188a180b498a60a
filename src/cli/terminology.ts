import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bundle, BundleEntry, CodeSystem } from 'fhir/r4.d.ts';
import { openPackage, packageResources } from '../fhir/packages/read-package.ts';
import { openTenants } from '../server-access.ts';
import { type Core, defaultTenant, loadBundle } from '../server-core.ts';
import { searchPages } from '../store/search-pages.ts';
import { indexOf } from '../terminology/code-system-builder.ts';
import { storedForm } from '../terminology/load/fragments.ts';
import { tableCodeSystem } from '../terminology/load/table-code-system.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';
import { progressBar } from './progress.ts';

const help = `passerelle terminology load FILE [--system URL] [--version V] [--name NAME] [--tenant TENANT]
  Stores the code system of a table (.csv, .tsv), of a FHIR CodeSystem (.json), or those of a FHIR package (.tgz or
  folder). A large one is stored in parts of a thousand concepts. What was loaded of the same URL and version before is
  replaced.
  --system URL  its canonical URL; a table needs it
  --version V   its version, by default that of the file
  --name NAME   its name, by default that of the file
  --tenant TENANT  whose it is, by default that of a server with one tenant
  A table has a header line: code, and as there are display, definition, parent (codes separated by |), status,
  inactive, abstract, display:fr; every other column is a property.`;

interface LoadOptions {
  system?: string;
  version?: string;
  name?: string;
}

/** Parts that are written in one transaction. */
const partsPerTransaction = 4;

/** Runs `passerelle terminology`. */
async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      version: { type: 'string' },
      name: { type: 'string' },
      tenant: { type: 'string', default: defaultTenant },
    },
  });
  const { tenant } = values;
  const [command, file, ...rest] = positionals;
  if (command !== 'load' || file === undefined || rest.length > 0) {
    console.error(help);
    return 2;
  }
  const codeSystems = await readCodeSystems(file, values);
  await withCore(async (core) => {
    const isThere = tenant === defaultTenant || (await openTenants(core))?.ids.has(tenant);
    if (!isThere) throw new Error(`there is no tenant ${tenant}`);
    for (const codeSystem of codeSystems) await store(core, tenant, codeSystem);
  });
  return 0;
}

/** @throws Error when the file holds no code system */
async function readCodeSystems(file: string, { system, version, name }: LoadOptions): Promise<CodeSystem[]> {
  const given = {
    ...(system === undefined ? {} : { url: system }),
    ...(version === undefined ? {} : { version }),
    ...(name === undefined ? {} : { name }),
  };
  if (/\.(?:csv|tsv|txt)$/i.test(file)) {
    if (system === undefined) throw new Error('a table needs --system, the URL of its code system');
    return [tableCodeSystem(utf8(file), { ...header(file), ...given })];
  }
  if (!/\.json$/i.test(file)) {
    const all = packageResources<CodeSystem>(await openPackage(file), 'CodeSystem');
    const found = all.filter(({ url, concept }) => concept !== undefined && (system ?? url) === url);
    if (found.length === 0) throw new Error(`${file} has no code system with concepts`);
    return found;
  }
  const resource = JSON.parse(utf8(file)) as CodeSystem;
  if (resource.resourceType !== 'CodeSystem') throw new Error(`${file} holds no CodeSystem`);
  return [{ ...resource, ...given }];
}

function header(file: string): Omit<CodeSystem, 'concept' | 'property'> {
  const name = basename(file).replace(/\.[^.]*$/, '');
  return { resourceType: 'CodeSystem', name, status: 'active', caseSensitive: true, content: 'complete' };
}

function utf8(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError) throw new Error(`${file} is not in UTF-8`, { cause: error });
    throw error;
  }
}

async function store(core: Core, tenant: string, codeSystem: CodeSystem): Promise<void> {
  const resources = storedForm(codeSystem);
  // An earlier load may have had more parts.
  const before = await loadedParts(core, tenant, codeSystem);
  const leftOver = before.difference(new Set(resources.map(({ id }) => id)));
  const entries: BundleEntry[] = [
    ...[...leftOver].map((id) => ({ request: { method: 'DELETE' as const, url: `CodeSystem/${id}` } })),
    ...resources.map((resource) => ({
      resource,
      request: { method: 'PUT' as const, url: `CodeSystem/${resource.id}` },
    })),
  ];
  const bar = progressBar();
  for (let start = 0; start < entries.length; start += partsPerTransaction) {
    const entry = entries.slice(start, start + partsPerTransaction);
    await loadBundle(core, { resourceType: 'Bundle', type: 'transaction', entry } satisfies Bundle, tenant);
    bar.show(Math.min(start + partsPerTransaction, entries.length), entries.length, codeSystem.url ?? '');
  }
  bar.end();
  const found = await loadedParts(core, tenant, codeSystem);
  if (found.size !== resources.length)
    throw new Error(`${found.size} of ${resources.length} parts are found again`);
  const concepts = indexOf(codeSystem).size;
  const parts = resources.length === 1 ? 'one resource' : `${resources.length} resources`;
  console.log(`${codeSystem.url}: ${concepts} concepts in ${parts}`);
}

/** The loaded resources of this URL and version, by their ids. A search completes what the writes put off. */
async function loadedParts(
  { stores }: Core,
  tenant: string,
  { url = '', version }: CodeSystem,
): Promise<Set<string>> {
  const found = new Set<string>();
  const expression = {
    kind: 'and' as const,
    operands: [
      { kind: 'uri' as const, parameter: 'url', value: url },
      ...(version === undefined ? [] : [{ kind: 'token' as const, parameter: 'version', code: version }]),
    ],
  };
  const query = { type: 'CodeSystem', expression, sort: [], count: 20 };
  for await (const matches of searchPages(stores.forTenant(tenant), query)) {
    for (const { id } of matches) if (isLoaded(id)) found.add(id);
  }
  return found;
}

/** Resources that somebody wrote by hand stay. */
function isLoaded(id: string): boolean {
  return /^cs-[0-9a-f]{24}(?:-\d{5})?$/.test(id);
}

export const terminologyCommand: Command = { help, run };
