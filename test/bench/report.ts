import type { AccessFigures, ComparedReads } from './access.ts';
import type { ImportFigures } from './import.ts';
import type { InteractionFigures } from './interactions.ts';
import type { SearchTable } from './search/measure.ts';
import type { StartFigures } from './start.ts';
import type { ComparedSettings } from './two-settings.ts';
import type { ValidationFigure } from './validation.ts';

/** Everything that a run measured. */
export interface BenchFigures {
  interactions: InteractionFigures[];
  import?: ImportFigures;
  /** Of a hundred entries each. */
  transactions?: ImportFigures;
  search?: SearchTable;
  start?: StartFigures;
  access?: AccessFigures;
  encryption?: ComparedSettings[];
  validation?: ValidationFigure[];
  /** Of resources that claim a profile. */
  validatedWrites?: ComparedSettings[];
}

/** The figures as tables in Markdown, for a terminal and for a page alike. */
export function report({
  interactions,
  import: imported,
  transactions,
  search,
  start,
  access,
  encryption,
  validation,
  validatedWrites,
}: BenchFigures): string {
  const tables: string[] = [];
  if (interactions.length > 0) {
    tables.push(
      table(
        ['patients', 'measure', 'requests/s', 'raw/s', 'ratio', 'median ms', 'p99 ms', 'answer bytes'],
        interactions.map(({ patients, title, bytes, server, raw }) => [
          whole(patients),
          title,
          whole(server.rate),
          whole(raw.rate),
          (server.rate / raw.rate).toFixed(3),
          whole(server.median),
          whole(server.p99),
          whole(bytes),
        ]),
      ),
    );
  }
  const imports = [
    ...(imported === undefined ? [] : [importRow('import', imported)]),
    ...(transactions === undefined ? [] : [importRow('transactions of 100 entries', transactions)]),
  ];
  if (imports.length > 0) {
    const figures = ['resources', 'transactions', 'commits', 'resources/s', 'bare store/s', 'ratio'];
    tables.push(table(['4 clients', ...figures], imports));
    if ((imported ?? transactions)?.bareRate === undefined) {
      tables.push('The bare store is SQLite alone: nothing to compare this store with.');
    }
  }
  if (search !== undefined) tables.push(...searchTables(search));
  if (access !== undefined) tables.push(accessTable(access));
  if (validation !== undefined) {
    tables.push(
      table(
        ['validation, one thread', 'resources/s', 'target', 'first ms'],
        validation.map(({ title, rate, target, first }) => [title, whole(rate), whole(target), whole(first)]),
      ),
    );
  }
  if (validatedWrites !== undefined) {
    tables.push(comparedTable('validated by rules and profiles', 'structure alone/s', validatedWrites));
  }
  if (encryption !== undefined) tables.push(comparedTable('encrypted', 'in clear/s', encryption));
  if (start !== undefined) {
    const memory = `${whole(start.idleMemory / 2 ** 20)} MiB`;
    tables.push(table(['cold start', 'idle memory'], [[`${whole(start.coldStart)} ms`, memory]]));
  }
  return tables.join('\n\n');
}

function accessTable({ patients, authorised, audited, tokens }: AccessFigures): string {
  const row = (title: string, { open, reads }: ComparedReads) => ({
    patients,
    title,
    plain: open,
    changed: reads,
  });
  const rows = [row('with a token', authorised), row('with a token, audited', audited)];
  const reads = comparedTable('reads', 'open/s', rows);
  return `${reads}\n\nTokens for assertions signed with ES384, 16 connections: ${whole(tokens)}/s`;
}

function comparedTable(changed: string, plain: string, figures: readonly ComparedSettings[]): string {
  return table(
    ['patients', changed, 'requests/s', plain, 'ratio', 'added µs', 'median ms', 'p99 ms'],
    figures.map(({ patients, title, plain, changed }) => [
      whole(patients),
      title,
      whole(changed.rate),
      whole(plain.rate),
      (changed.rate / plain.rate).toFixed(3),
      (1e6 / changed.rate - 1e6 / plain.rate).toFixed(1),
      whole(changed.median),
      whole(changed.p99),
    ]),
  );
}

function importRow(
  name: string,
  { resources, transactions, commits, rate, bareRate }: ImportFigures,
): string[] {
  const counts = [resources, transactions, commits, rate].map(whole);
  const comparison = bareRate === undefined ? ['–', '–'] : [whole(bareRate), (rate / bareRate).toFixed(3)];
  return [name, ...counts, ...comparison];
}

function searchTables({ searches, mixed }: SearchTable): string[] {
  const smallest = searches[0]?.patients;
  return [
    table(
      ['patients', 'search', 'requests/s', 'p50 ms', 'p95 ms', 'p99 ms', 'growth of p95'],
      searches.map(({ patients, name, title, latencies: { rate, p50, p95, p99 } }) => {
        const least = searches.find((other) => other.name === name && other.patients === smallest);
        const growth =
          least === undefined || patients === smallest ? '–' : (p95 / least.latencies.p95).toFixed(2);
        return [whole(patients), title, whole(rate), p50.toFixed(1), p95.toFixed(1), p99.toFixed(1), growth];
      }),
    ),
    table(
      ['patients', 'mixed load, requests/s', 'p95 ms', 'p99 ms', 'event-loop delay p99 ms'],
      mixed.map(({ patients, latencies: { rate, p95, p99 }, eventLoopDelay }) => [
        whole(patients),
        whole(rate),
        p95.toFixed(1),
        p99.toFixed(1),
        eventLoopDelay.toFixed(1),
      ]),
    ),
  ];
}

function table(head: string[], rows: string[][]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
