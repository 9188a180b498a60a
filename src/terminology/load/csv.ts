/** A text that is no table; the message tells where and why. */
export class CsvError extends Error {}

/** A record and the line on which it begins, counted from 1. */
export interface CsvRecord {
  line: number;
  fields: string[];
}

const separators = [',', ';', '\t'] as const;

/**
 * The records of a table (RFC 4180): fields in quotation marks may hold separators, line ends and doubled marks. The
 * separator is the one of comma, semicolon and tab that comes most often in the first line. Empty lines are left out.
 * @throws CsvError when a quotation mark is not closed, or stands within a field
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const separator = separatorOf(text.slice(start, lineEnd(text, start)));
  let line = 1;
  for (let at = start; at < text.length; ) {
    const record: CsvRecord = { line, fields: [] };
    for (let isOver = false; !isOver; ) {
      const field = text[at] === '"' ? quoted(text, at, record.line) : plain(text, at, separator);
      record.fields.push(field.value);
      line += field.lines;
      at = field.end;
      if (text[at] === separator) {
        at++;
        continue;
      }
      isOver = true;
      if (text[at] === '\r') at++;
      if (text[at] === '\n') at++;
      else if (at < text.length && text[at - 1] !== '\r') {
        throw new CsvError(`line ${line}: something follows a quotation mark that is closed`);
      }
      line++;
    }
    if (record.fields.length > 1 || record.fields[0] !== '') yield record;
  }
}

function separatorOf(header: string): string {
  const times = (separator: string) => header.split(separator).length;
  return separators.reduce((best, one) => (times(one) > times(best) ? one : best));
}

function lineEnd(text: string, start: number): number {
  const end = text.slice(start, start + 65_536).search(/[\r\n]/);
  return end < 0 ? text.length : start + end;
}

interface Field {
  value: string;
  end: number;
  /** Line ends within it. */
  lines: number;
}

function plain(text: string, start: number, separator: string): Field {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end++;
  return { value: text.slice(start, end), end, lines: 0 };
}

function quoted(text: string, start: number, line: number): Field {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] === '"') continue;
    const inner = text.slice(start + 1, end);
    return { value: inner.replaceAll('""', '"'), end: end + 1, lines: inner.split('\n').length - 1 };
  }
  throw new CsvError(`line ${line}: a quotation mark is not closed`);
}
