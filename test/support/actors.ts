import type { Actor, Role } from '../../src/access/actor.ts';
import { loginRequired } from '../../src/access/refusals.ts';
import { parseScopes } from '../../src/access/scopes.ts';
import { type FhirHttp, fhirHttp } from './fhir-http.ts';
import { startTestServer, type TestServer } from './server.ts';

/** Who a request of a test is from, in place of a token. */
export interface TestActor {
  kind?: Actor['kind'];
  tenant?: string;
  /** The subject; one name is one person. */
  name?: string;
  roles?: readonly Role[];
  scope?: string;
  fhirUser?: string;
  organization?: string;
  patient?: string;
  clientId?: string;
}

const header = 'x-test-actor';

/** A server whose callers say who they are in a header: it tries what actors reach without a login. */
export async function startServerOfActors(environment: Record<string, string> = {}): Promise<ServerOfActors> {
  const server = await startTestServer(
    // The trail would stand among what the tests look at.
    { AUTH: 'on', AUDIT: 'off', ...environment },
    {
      authenticate({ headers }) {
        const text = headers[header];
        if (typeof text !== 'string') throw loginRequired();
        return actorOf(JSON.parse(text) as TestActor);
      },
    },
  );
  return { ...server, as: (actor) => withHeaders(fhirHttp(server.origin), actorHeaders(actor)) };
}

export interface ServerOfActors extends TestServer {
  /** A caller of the server. */
  as(actor: TestActor): FhirHttp;
}

/** The header that names an actor. */
export function actorHeaders(actor: TestActor): Record<string, string> {
  return { [header]: JSON.stringify(actor) };
}

/** A back end that may do everything. */
export const backend: TestActor = { kind: 'system', roles: ['system'], scope: 'system/*.cruds' };

function actorOf(given: TestActor): Actor {
  const { kind = 'professional', tenant = 'default', name = 'somebody', roles = [], scope, patient } = given;
  const { fhirUser, organization, clientId } = given;
  return {
    kind,
    tenant,
    subject: { issuer: 'https://issuer.test', value: name },
    roles,
    ...(scope === undefined ? {} : { scopes: parseScopes(scope) }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
    ...(organization === undefined ? {} : { organization }),
    ...(clientId === undefined ? {} : { clientId }),
    context: patient === undefined ? {} : { patient },
  };
}

function withHeaders(http: FhirHttp, own: Record<string, string>): FhirHttp {
  return {
    base: http.base,
    origin: http.origin,
    get: (path, headers = {}) => http.get(path, { ...own, ...headers }),
    delete: (path, headers = {}) => http.delete(path, { ...own, ...headers }),
    post: (path, body, headers = {}) => http.post(path, body, { ...own, ...headers }),
    put: (path, body, headers = {}) => http.put(path, body, { ...own, ...headers }),
    send: (method, path, options = {}) =>
      http.send(method, path, { ...options, headers: { ...own, ...options.headers } }),
  };
}
