import type { ImportFigures } from './import.ts';
import type { InteractionFigures } from './interactions.ts';
import type { StartFigures } from './start.ts';

/** Everything that a run measured. */
export interface BenchFigures {
  interactions: InteractionFigures[];
  import?: ImportFigures;
  start?: StartFigures;
}

/** The figures as tables in Markdown, for a terminal and for a page alike. */
export function report({ interactions, import: imported, start }: BenchFigures): string {
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
  if (imported !== undefined) {
    const { resources, transactions, commits, rate, bareRate } = imported;
    tables.push(
      table(
        ['import', 'resources', 'transactions', 'commits', 'resources/s', 'bare store/s', 'ratio'],
        [
          [
            '4 clients',
            ...[resources, transactions, commits, rate, bareRate].map(whole),
            (rate / bareRate).toFixed(3),
          ],
        ],
      ),
    );
  }
  if (start !== undefined) {
    const memory = `${whole(start.idleMemory / 2 ** 20)} MiB`;
    tables.push(table(['cold start', 'idle memory'], [[`${whole(start.coldStart)} ms`, memory]]));
  }
  return tables.join('\n\n');
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
