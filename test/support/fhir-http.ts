import type { Bundle, OperationOutcome } from 'fhir/r4.d.ts';
import { noteAnswer, noteSent } from './confidentiality.ts';
import { startTestServer, type TestServer } from './server.ts';

/** An answer that was read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  /** The body byte for byte, as UTF-8. */
  text: string;
  /** The parsed body. */
  json<T = Record<string, unknown>>(): T;
}

type Headers = Readonly<Record<string, string>>;

/** Requests below the FHIR base; a path is relative to it, or an absolute URL such as a page link. */
export interface FhirHttp {
  /** FHIR base URL without trailing slash. */
  readonly base: string;
  /** Server URL without path. */
  readonly origin: string;
  get(path: string, headers?: Headers): Promise<Answer>;
  delete(path: string, headers?: Headers): Promise<Answer>;
  /** A text is sent as it is, anything else as JSON. */
  post(path: string, body: unknown, headers?: Headers): Promise<Answer>;
  put(path: string, body: unknown, headers?: Headers): Promise<Answer>;
  send(method: string, path: string, options?: { headers?: Headers; body?: unknown }): Promise<Answer>;
}

const fhirJson = 'application/fhir+json';

/** A caller of the server at this origin. */
export function fhirHttp(origin: string): FhirHttp {
  const base = `${origin}/fhir`;
  const send: FhirHttp['send'] = async (method, path, { headers = {}, body } = {}) => {
    const url = /^https?:/.test(path) ? path : path === '' ? base : `${base}/${path}`;
    const content = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    noteSent(body);
    const response = await fetch(url, {
      method,
      headers: content === undefined ? headers : { 'Content-Type': fhirJson, ...headers },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.text();
    noteAnswer(url, response.status, text);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text,
      json: <T>() => JSON.parse(text) as T,
    };
  };
  return {
    base,
    origin,
    send,
    get: (path, headers = {}) => send('GET', path, { headers }),
    delete: (path, headers = {}) => send('DELETE', path, { headers }),
    post: (path, body, headers = {}) => send('POST', path, { headers, body }),
    put: (path, body, headers = {}) => send('PUT', path, { headers, body }),
  };
}

/** A caller of a server of its own, which lives as long as the tests of the file. */
export function serverUnderTest(environment: Record<string, string> = {}): FhirHttp {
  let server: TestServer;
  let http: FhirHttp;
  beforeAll(async () => {
    server = await startTestServer(environment);
    http = fhirHttp(server.origin);
  });
  afterAll(() => server.stop());
  return {
    get base() {
      return http.base;
    },
    get origin() {
      return http.origin;
    },
    get: (...given) => http.get(...given),
    delete: (...given) => http.delete(...given),
    post: (...given) => http.post(...given),
    put: (...given) => http.put(...given),
    send: (...given) => http.send(...given),
  };
}

/** Creates a resource and answers its id; fails when the server refuses it. */
export async function created(http: FhirHttp, resource: object & { resourceType: string }): Promise<string> {
  const answer = await http.post(resource.resourceType, resource);
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.json<{ id: string }>().id;
}

/** Ids of the matches of a search page, in their order. */
export function matchIds(answer: Answer): string[] {
  return entriesOf(answer, 'match').map(({ resource }) => resource!.id!);
}

/** The entries of a search page in one mode. */
export function entriesOf(answer: Answer, mode: 'match' | 'include' | 'outcome'): Entry[] {
  const entries = answer.json<Bundle>().entry ?? [];
  return entries.filter(({ search }) => search?.mode === mode);
}

type Entry = NonNullable<Bundle['entry']>[number];

/** The URL of a link of a Bundle. */
export function linkOf(answer: Answer, relation: string): string | undefined {
  return answer.json<Bundle>().link?.find((link) => link.relation === relation)?.url;
}

/**
 * The first issue of an OperationOutcome.
 * @throws Error when the body is no OperationOutcome of severity error or fatal that says something
 */
export function issueOf(answer: Answer): OperationOutcome['issue'][number] {
  const outcome = answer.json<OperationOutcome>();
  const issue = outcome.issue?.[0];
  const isError = issue?.severity === 'error' || issue?.severity === 'fatal';
  if (outcome.resourceType !== 'OperationOutcome' || !isError || !issue.diagnostics) {
    throw new Error(`no OperationOutcome that helps: ${answer.status} ${answer.text}`);
  }
  return issue;
}
