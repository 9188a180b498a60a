import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createRelyingParty } from '../../../src/auth/psc/open-relying-party.ts';
import type { PscLogin, PscLoginResult, PscRelyingParty } from '../../../src/auth/psc/relying-party.ts';
import { discoveryUrlOf, type PscSettings } from '../../../src/auth/psc/settings.ts';
import { createPscSimulator, type PscSimulator } from '../../../src/simulators/psc/simulator.ts';
import type { ExpiringStore } from '../../../src/store/contract.ts';

export const redirectUri = 'https://app.hospital.example/login/callback';
export const binding = 'the secret of one browser';

/** A simulator on a port of its own, and a relying party that is its client. */
export interface PscUnderTest {
  origin: string;
  simulator: PscSimulator;
  relyingParty: PscRelyingParty;
  expiring: ExpiringStore;
  /** Messages of the errors that the relying party told of. */
  failures: string[];
  unknownAssurances: (string | undefined)[];
  /** A relying party of other settings. */
  client(change: Partial<PscSettings>): PscRelyingParty;
  clientOf(settings: PscSettings): PscRelyingParty;
  close(): Promise<void>;
}

export async function startPsc(): Promise<PscUnderTest> {
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const simulator = createPscSimulator({
    url: origin,
    clients: [
      {
        id: 'sim-rp',
        secrets: ['first-secret'],
        redirectUris: [redirectUri, `${redirectUri}/other`],
        postLogoutRedirectUris: ['https://app.hospital.example/bye'],
      },
    ],
  });
  app.use(simulator.handler);
  const expiring = expiringInMemory();
  const failures: string[] = [];
  const unknownAssurances: (string | undefined)[] = [];
  const clientOf = (settings: PscSettings) =>
    createRelyingParty(settings, expiring, {
      onFailure: (error) => failures.push((error as Error).message),
      onUnknownAssurance: (acr) => unknownAssurances.push(acr),
    });
  const client = (change: Partial<PscSettings>) => clientOf({ ...settingsFor(simulator.issuer), ...change });
  return {
    origin,
    simulator,
    relyingParty: client({}),
    expiring,
    failures,
    unknownAssurances,
    client,
    clientOf,
    close: () => closed(server),
  };
}

export function settingsFor(issuer: string): PscSettings {
  return {
    issuer,
    discoveryUrl: discoveryUrlOf(issuer),
    endpoints: {},
    clientId: 'sim-rp',
    authentication: { method: 'client_secret_post', secrets: ['first-secret'] },
    scope: 'openid scope_all',
    leastAssurance: 1,
    redirectUris: [redirectUri, `${redirectUri}/other`],
    postLogoutRedirectUri: 'https://app.hospital.example/bye',
    limits: { timeoutMs: 5000, keysCooldownMs: 0, loginMs: 300_000 },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Begins a login, lets a person of the simulator authenticate, and answers the URL that the browser comes back to. */
export async function callbackOf(
  relyingParty: PscRelyingParty,
  person: string,
  login: Partial<PscLogin> = {},
): Promise<URL> {
  const url = await relyingParty.begin({ returnTo: '/home', tenant: 'default', binding, ...login });
  return answered(url, { sim_user: person });
}

/** Where the authorization endpoint sends the browser. */
export async function answered(url: URL, choice: Record<string, string>): Promise<URL> {
  const chosen = new URL(url);
  for (const [name, value] of Object.entries(choice)) chosen.searchParams.set(name, value);
  const response = await fetch(chosen, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`${response.status} ${await response.text()}`);
  return new URL(location);
}

/** A whole login of a person of the simulator. */
export async function logIn(
  relyingParty: PscRelyingParty,
  person: string,
  login: Partial<PscLogin> = {},
): Promise<PscLoginResult> {
  return relyingParty.finish(await callbackOf(relyingParty, person, login), login.binding ?? binding);
}

export async function identified(relyingParty: PscRelyingParty, person: string) {
  const login = await logIn(relyingParty, person);
  if (login.outcome !== 'identified') throw new Error(login.reason);
  return login.identity;
}

/** An `ExpiringStore` in memory, in the words of its contract. */
export function expiringInMemory(): ExpiringStore {
  const entries = new Map<string, { value: string; expiresAt: number; group?: string }>();
  const live = (key: string) => {
    const entry = entries.get(key);
    return entry !== undefined && Date.now() < entry.expiresAt ? entry : undefined;
  };
  const put = (key: string, value: string, ttl: number, group?: string) => {
    entries.set(key, { value, expiresAt: Date.now() + ttl, ...(group === undefined ? {} : { group }) });
  };
  return {
    get: async (key) => live(key)?.value,
    put: async (...given) => put(...given),
    async take(key) {
      const value = live(key)?.value;
      entries.delete(key);
      return value;
    },
    async putIfAbsent(key, ...given) {
      if (live(key) !== undefined) return false;
      put(key, ...given);
      return true;
    },
    async increment(key, ttl) {
      const count = Number(live(key)?.value ?? '0') + 1;
      const expiresAt = live(key)?.expiresAt ?? Date.now() + ttl;
      entries.set(key, { value: String(count), expiresAt });
      return { count, expiresAt };
    },
    async deleteByGroup(group) {
      for (const [key, entry] of entries) if (entry.group === group) entries.delete(key);
    },
  };
}
