const blockSize = 512;

/** A regular file of an archive. */
export interface TarFile {
  name: string;
  content: Buffer;
}

/**
 * The regular files of a tar archive (POSIX.1-2017 pax, with ustar and the long names of GNU tar).
 * @throws Error on a damaged archive, and on entries that are neither files nor folders
 */
export function* readTar(archive: Buffer): Generator<TarFile> {
  let longName: string | undefined;
  let at = 0;
  while (at < archive.length) {
    const header = archive.subarray(at, at + blockSize);
    if (header.length < blockSize) throw new Error('the archive ends within an entry');
    if (header.every((byte) => byte === 0)) return;
    checkSum(header);
    const size = octal(header, 124, 12);
    const start = at + blockSize;
    const content = archive.subarray(start, start + size);
    if (content.length < size) throw new Error('the archive ends within an entry');
    at = start + Math.ceil(size / blockSize) * blockSize;
    const kind = String.fromCharCode(header[156]!);
    switch (kind) {
      case '0':
      case '\0':
        yield { name: longName ?? nameOf(header), content };
        longName = undefined;
        break;
      case '5':
        longName = undefined;
        break;
      case 'x':
        longName = paxPath(content) ?? longName;
        break;
      case 'g':
        break;
      case 'L':
        longName = text(content, 0, content.length);
        break;
      default:
        throw new Error(`the archive holds an entry of kind ${JSON.stringify(kind)}`);
    }
  }
}

/** The sum of all bytes of the header, its own eight taken as spaces. */
function checkSum(header: Buffer): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== octal(header, 148, 8)) throw new Error('a header of the archive is damaged');
}

function nameOf(header: Buffer): string {
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The `path` of a pax header, whose records are `length key=value` and a line end. */
function paxPath(content: Buffer): string | undefined {
  let path: string | undefined;
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(' ', at);
    const length = Number(content.toString('latin1', at, space));
    if (space === -1 || !(length > 0)) throw new Error('a header of the archive is damaged');
    const record = content.toString('utf8', space + 1, at + length - 1);
    if (record.startsWith('path=')) path = record.slice('path='.length);
    at += length;
  }
  return path;
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error('a header of the archive is damaged');
  return Number.parseInt(digits, 8);
}

/** Up to the first zero byte. */
function text(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}
