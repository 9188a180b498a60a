import { Writable } from 'node:stream';
import type { Resource } from 'fhir/r4.d.ts';
import { transports } from 'winston';
import type { RunningServer } from '../../src/server.ts';

/** Resource types that tell who a person is. */
const persons = new Set(['Patient', 'Practitioner', 'RelatedPerson', 'Person']);

/** What was sent to the servers of this test file that tells who a person is: names, birth dates, identifiers, addresses. */
const identities = new Set<string>();

/** Ids of resources that were sent: they name records in refusals, and tell of nobody. */
const ids = new Set<string>();

/** What the servers said of requests that they refused, without what the address of the request held. */
const refusals = new Set<string>();

/** Takes note of a body that a test sends, a resource or its text. */
export function noteSent(body: unknown): void {
  if (typeof body === 'object') noteWithin(body);
  else noteText(String(body));
}

function noteText(text: string): void {
  const elements = /"(?:family|birthDate)"\s*:\s*"([^"\\]+)"|<(?:family|given|birthDate)\s+value="([^"&]+)"/g;
  for (const [, inJson = '', inXml = ''] of text.matchAll(elements)) note(inJson + inXml);
}

/** Takes note of an answer to a request for this address. */
export function noteAnswer(url: string, status: number, text: string): void {
  if (status < 400 || text.length > 10_000) return;
  const own = `${url}/${decoded(url)}`.split(/[/?&=,:.|$]/).filter((part) => part.length > 3);
  refusals.add(own.reduce((left, part) => left.replaceAll(part, ''), text));
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

function noteWithin(value: unknown): void {
  if (Array.isArray(value)) value.forEach(noteWithin);
  if (typeof value !== 'object' || value === null) return;
  const resource = value as Partial<Resource>;
  if (typeof resource.id === 'string') ids.add(resource.id);
  if (persons.has(resource.resourceType ?? '')) notePerson(value as Record<string, unknown>);
  for (const each of Object.values(value)) if (typeof each === 'object') noteWithin(each);
}

function notePerson({
  birthDate,
  name,
  identifier,
  telecom,
  address,
  contact,
}: Record<string, unknown>): void {
  const elements = [name, identifier, telecom, address].flat().filter((each) => each !== null);
  note(birthDate);
  for (const element of elements) {
    if (typeof element !== 'object') continue;
    const { family, given, text, value, line } = element as Record<string, unknown>;
    for (const each of [family, given, text, value, line].flat()) note(each);
  }
  for (const each of [contact].flat()) {
    if (typeof each === 'object' && each !== null) notePerson(each as Record<string, unknown>);
  }
}

/** Words and shorter texts stand anywhere by chance. */
function note(value: unknown): void {
  if (typeof value === 'string' && value.length > 3 && !/^[a-z-]+$/.test(value)) identities.add(value);
}

/** What a server writes of itself, as the lines that differ in more than times and ids. */
export class Written {
  readonly #lines = new Set<string>();

  constructor(text = '') {
    this.add(text);
  }

  add(text: string): void {
    for (const line of text.split('\n')) {
      this.#lines.add(line.replace(/"(?:timestamp|requestId)":"[^"]*"|"seconds":[\d.e-]+/g, ''));
    }
  }

  /** @throws Error when an identity that was sent stands in it, or in what was said of refused requests */
  check(): void {
    const found = [...this.#lines, ...refusals].flatMap((text) => {
      const value = identityIn(text);
      return value === undefined ? [] : [`${value} in ${text}`];
    });
    if (found.length > 0) throw new Error(`The server tells who a person is:\n${found.join('\n')}`);
  }
}

function identityIn(text: string): string | undefined {
  return [...identities].find((value) => !ids.has(value) && standsIn(text, value));
}

/** True where it stands apart, as no part of a longer word or number. */
function standsIn(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const around = (text[at - 1] ?? ' ') + (text[at + value.length] ?? ' ');
    if (!/[\p{L}\p{N}_-]/u.test(around)) return true;
  }
  return false;
}

/** Keeps all that the log of a server tells from now on, more than what is shown of it. */
export function logOf({ core: { log } }: RunningServer): Written {
  const written = new Written();
  for (const shown of log.transports) shown.level ??= log.level;
  log.level = 'debug';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.add(String(chunk));
      done();
    },
  });
  log.add(new transports.Stream({ stream }));
  return written;
}
