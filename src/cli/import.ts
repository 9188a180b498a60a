import { parseArgs } from 'node:util';
import { publicOrigin, readSettings } from '../operability/settings.ts';
import type { Command } from './command.ts';
import { errorText } from './error-text.ts';
import { fileLines, fileText, type ImportFile, importFiles } from './import-files.ts';
import { progressBar } from './progress.ts';

const help = `passerelle import DIR [--to URL] [--clients N]
  Posts the bundles (.json) and resources (.ndjson) of a folder to a server, in the order of their names.
  --to URL      FHIR base, by default that of the settings
  --clients N   files under way at once, 1 by default; files whose name starts with 0 always go first, alone`;

/** What became of the files. */
interface Report {
  files: number;
  entries: number;
  failures: string[];
}

/** The most NDJSON lines that one batch holds. */
const linesPerBatch = 200;

/** Runs `passerelle import`; the exit code is 1 when anything was refused. */
async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { to: { type: 'string' }, clients: { type: 'string', default: '1' } },
  });
  const [folder] = positionals;
  const clients = Number(values.clients);
  if (folder === undefined || positionals.length > 1 || !(clients >= 1)) {
    console.error(help);
    return 2;
  }
  const settings = readSettings(process.env);
  const base = (values.to ?? `${publicOrigin(settings)}/fhir`).replace(/\/$/, '');
  const files = await importFiles(folder);
  const report: Report = { files: 0, entries: 0, failures: [] };
  const bar = progressBar();
  let done = 0;
  const started = performance.now();

  const first = files.filter(({ name }) => name.startsWith('0'));
  const rest = files.filter(({ name }) => !name.startsWith('0'));
  for (const [waiting, width] of [[first, 1] as const, [rest, clients] as const]) {
    const worker = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        await importFile(base, file, report);
        bar.show(++done, files.length, `${report.entries} resources, ${report.failures.length} failures`);
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
  }
  bar.end();
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round(report.entries / seconds);
  console.log(`${report.files} files, ${report.entries} resources in ${seconds.toFixed(1)} s (${rate}/s)`);
  for (const failure of report.failures) console.error(failure);
  return report.failures.length === 0 ? 0 : 1;
}

async function importFile(base: string, file: ImportFile, report: Report): Promise<void> {
  try {
    if (file.kind === 'json') await postJson(base, file, report);
    else await postLines(base, file, report);
    report.files++;
  } catch (error) {
    report.failures.push(`${file.name}: ${errorText(error as Error)}`);
  }
}

/** A bundle of type batch or transaction is posted as it is; a collection or a single resource becomes a batch. */
async function postJson(base: string, file: ImportFile, report: Report): Promise<void> {
  const body = await fileText(file);
  const { resourceType, type, entry } = JSON.parse(body) as {
    resourceType?: string;
    type?: string;
    entry?: { resource?: unknown }[];
  };
  if (resourceType === 'Bundle' && (type === 'transaction' || type === 'batch')) {
    await post(base, file, body, report);
    return;
  }
  const resources =
    resourceType === 'Bundle' ? (entry ?? []).map(({ resource }) => JSON.stringify(resource)) : [body];
  await post(base, file, batchOf(resources), report);
}

async function postLines(base: string, file: ImportFile, report: Report): Promise<void> {
  let lines: string[] = [];
  for await (const line of fileLines(file)) {
    lines.push(line);
    if (lines.length === linesPerBatch) {
      await post(base, file, batchOf(lines), report);
      lines = [];
    }
  }
  if (lines.length > 0) await post(base, file, batchOf(lines), report);
}

/** A batch of updates for resources with an id, and of creations for the others; the texts stay as written. */
function batchOf(resources: readonly string[]): string {
  const entries = resources.map((text) => {
    const { resourceType, id } = JSON.parse(text) as { resourceType: string; id?: string };
    const request =
      id === undefined
        ? { method: 'POST', url: resourceType }
        : { method: 'PUT', url: `${resourceType}/${id}` };
    return `{"resource":${text},"request":${JSON.stringify(request)}}`;
  });
  return `{"resourceType":"Bundle","type":"batch","entry":[${entries.join(',')}]}`;
}

interface ResponseBundle {
  issue?: { diagnostics?: string; expression?: string[] }[];
  entry?: { response: { status: string; outcome?: { issue?: { diagnostics?: string }[] } } }[];
}

async function post(base: string, file: ImportFile, body: string, report: Report): Promise<void> {
  const headers = { 'Content-Type': 'application/fhir+json', Prefer: 'return=minimal' };
  const response = await fetch(base, { method: 'POST', headers, body });
  const answer = (await response.json()) as ResponseBundle;
  if (!response.ok) {
    const [issue] = answer.issue ?? [];
    throw new Error(`${response.status} ${issue?.diagnostics ?? ''} ${issue?.expression?.[0] ?? ''}`.trim());
  }
  (answer.entry ?? []).forEach(({ response: { status, outcome } }, index) => {
    if (/^[23]/.test(status)) report.entries++;
    else
      report.failures.push(
        `${file.name} entry ${index}: ${status} ${outcome?.issue?.[0]?.diagnostics ?? ''}`,
      );
  });
}

export const importCommand: Command = { help, run };
