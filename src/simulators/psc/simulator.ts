import express, { type RequestHandler, Router } from 'express';
import { createSwitches, type Switches } from '../switches.ts';
import { authorizationHandler } from './authorization.ts';
import type { SimulatedClient } from './clients.ts';
import { endSession, logoutHandler } from './logout.ts';
import { type SimulatedProfessional, simulatedProfessionals } from './people.ts';
import { metadata, type Provider } from './provider.ts';
import { createSessions } from './sessions.ts';
import { createSigningKeys } from './signing-keys.ts';
import { acceptedSwitches, defaultSwitches, type PscSwitches } from './switches.ts';
import { introspectionHandler, revocationHandler, tokenHandler, userInfoHandler } from './token-endpoints.ts';

export interface PscSimulatorOptions {
  /** Where `handler` is mounted, as the servers of its clients reach it: an absolute URL without trailing slash. */
  url: string;
  /** The same as browsers reach it, where that is another. */
  publicUrl?: string;
  clients: readonly SimulatedClient[];
  people?: readonly SimulatedProfessional[];
  /** Initial switches; a reset returns to them. */
  switches?: Partial<PscSwitches>;
}

export interface PscSimulator {
  /** Of discovery and of tokens. */
  readonly issuer: string;
  handler: Router;
  switches: Switches<PscSwitches>;
  /** From now on another key signs; the one before stays published. */
  rotateKeys(): void;
  /** From now on these are the secrets of a client. */
  setSecrets(clientId: string, secrets: readonly string[]): void;
  /** A token of these claims, signed by the key in use: what receives tokens is tried with it. */
  sign(claims: object): Promise<string>;
}

const realm = '/auth/realms/esante-wallet';

/**
 * A stand-in for Pro Santé Connect: an OpenID provider with its metadata, its tokens in the shape of Keycloak, and its
 * odd behaviours, for demonstrations and tests. Its sessions are in memory.
 */
export function createPscSimulator(options: PscSimulatorOptions): PscSimulator {
  const switches = createSwitches(acceptedSwitches, defaultSwitches, options.switches);
  let { clients } = options;
  const now = () => Math.floor(Date.now() / 1000) + switches.get().clockOffset;
  const provider: Provider = {
    issuer: `${options.url}${realm}`,
    authorizationEndpoint: `${options.publicUrl ?? options.url}/wallet/auth`,
    people: options.people ?? simulatedProfessionals,
    clients: () => clients,
    sessions: createSessions(now),
    keys: createSigningKeys(),
    switches: switches.get,
    now,
  };
  const simulator: PscSimulator = {
    issuer: provider.issuer,
    handler: Router(),
    switches,
    rotateKeys: () => provider.keys.rotate(),
    sign: (claims) => provider.keys.sign(JSON.stringify(claims)),
    setSecrets(clientId, secrets) {
      clients = clients.map((client) => (client.id === clientId ? { ...client, secrets } : client));
    },
  };
  addEndpoints(simulator.handler, provider);
  simulator.handler.use('/__sim', administration(simulator, provider));
  return simulator;
}

function addEndpoints(router: Router, provider: Provider): void {
  const form = express.urlencoded({ extended: false, limit: '64kb' });
  const protocol = `${realm}/protocol/openid-connect`;
  const unless =
    (endpoint: PscSwitches['failing']): RequestHandler =>
    (_request, response, next) => {
      const { failing, failureStatus } = provider.switches();
      if (failing !== endpoint && failing !== 'all') return next();
      response.status(failureStatus).type('html').send('<h1>Service Unavailable</h1>');
    };
  router.get(
    `${realm}/.well-known/wallet-openid-configuration`,
    unless('discovery'),
    (_request, response) => void response.json(metadata(provider)),
  );
  router.get('/wallet/auth', authorizationHandler(provider));
  router.post(`${protocol}/token`, unless('token'), form, tokenHandler(provider));
  router.all(`${protocol}/userinfo`, unless('userinfo'), userInfoHandler(provider));
  router.get(
    `${protocol}/certs`,
    unless('certs'),
    async (_request, response) => void response.json(await provider.keys.published()),
  );
  router.post(`${protocol}/token/introspect`, unless('introspect'), form, introspectionHandler(provider));
  router.post(`${protocol}/revoke`, form, revocationHandler(provider));
  router.all(`${protocol}/logout`, form, logoutHandler(provider));
}

/**
 * `GET`, `PUT` (some switches as JSON) and `DELETE` (reset) on `/switches`; `POST /rotate-keys`; `GET /sessions` lists
 * the sessions, and `DELETE` on `/sessions/:id` ends one, of which its client is told.
 */
function administration({ switches, rotateKeys }: PscSimulator, provider: Provider): Router {
  const router = Router();
  router.get('/switches', (_request, response) => void response.json(switches.get()));
  router.delete('/switches', (_request, response) => void response.json(switches.reset()));
  router.put('/switches', express.json({ limit: '16kb' }), (request, response) => {
    try {
      response.json(switches.set(request.body));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      response.status(400).json({ error: error.message });
    }
  });
  router.get('/sessions', (_request, response) => {
    const sessions = provider.sessions.all();
    response.json(sessions.map(({ id, person, clientId }) => ({ id, person: person.key, client: clientId })));
  });
  router.delete('/sessions/:id', async (request, response) => {
    const session = provider.sessions.find(request.params.id);
    if (session !== undefined) await endSession(provider, session);
    response.status(session === undefined ? 404 : 204).end();
  });
  router.post('/rotate-keys', (_request, response) => {
    rotateKeys();
    response.status(204).end();
  });
  return router;
}
