import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Patient } from 'fhir/r4.d.ts';
import type { Actor } from '../../../src/access/actor.ts';
import type { Credentials } from '../../../src/auth/clients/registry.ts';
import type { SmartEvent } from '../../../src/auth/smart/events.ts';
import { createApp } from '../../../src/http/app.ts';
import { fullAccess } from '../../../src/interactions/access.ts';
import { readSettings } from '../../../src/operability/settings.ts';
import { openLogins } from '../../../src/server-auth.ts';
import { openClients } from '../../../src/server-clients.ts';
import { type Core, loadBundle, openCore } from '../../../src/server-core.ts';
import { proxiesOf } from '../../../src/server-proxy.ts';
import { dropStore, storeSettings } from '../../support/store-under-test.ts';
import { doctor, FakeLogin } from './fake-login.ts';

/** A server with logins, whose login service is a fake and whose callers reach their whole tenant. */
export interface SmartTestServer {
  /** Public URL without path. */
  origin: string;
  /** Where it listens. */
  address: string;
  fhir: string;
  core: Core;
  login: FakeLogin;
  events: SmartEvent[];
  /** The actors of the requests that were let through. */
  actors: Actor[];
  register(metadata: object): Promise<Credentials>;
  stop(): Promise<void>;
}

export const practitioner = 'Practitioner/practitioner-1';
export const patients = ['patient-1', 'patient-2'] as const;

/** Starts one with two patients, an encounter and a doctor who logs in. */
export async function startSmartServer(environment: Record<string, string> = {}): Promise<SmartTestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'passerelle-smart-'));
  const settings = readSettings({
    NODE_ENV: 'test',
    SEED: 'none',
    LOG_LEVEL: 'error',
    DATA_DIR: directory,
    ...(await storeSettings(directory)),
    INSI_MODE: 'off',
    AUTH: 'on',
    ...environment,
  });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const origin = settings.BASE_URL || address;
  const core = await openCore(settings, origin);
  const login = new FakeLogin();
  login.origin = origin;
  login.user = doctor(practitioner);
  const events: SmartEvent[] = [];
  const actors: Actor[] = [];
  const accessTo = ({ tenant }: Actor) => fullAccess(core.stores, tenant);
  const auth = await openLogins(core, {
    origin,
    login,
    accessTo,
    tenants: undefined,
    report(event) {
      if (event.kind === 'failed') console.error(event.error);
      events.push(event);
    },
  });
  if (auth === undefined) throw new Error('There are no logins');
  const handler = createApp({
    fhir: {
      interactions: core.interactions,
      baseUrl: core.spine.baseUrl,
      async accessOf(request) {
        const path = (request.url ?? '').replace(/\?.*$/s, '');
        const actor = await auth.authenticate(request, core.spine.baseUrl + path);
        actors.push(actor);
        return { ...accessTo(actor), actor };
      },
      publicAccess: fullAccess(core.stores, 'default'),
      limits: { bodyBytes: 1_000_000, urlBytes: 16_384, nestingLevels: 64 },
      cors: { origins: [], loopback: true },
      onAnswered: () => undefined,
      onFailure: (error) => console.error(error),
    },
    health: { readiness: async () => ({}) },
    metrics: core.metrics,
    routes: auth.routes,
    trustProxy: proxiesOf(settings).includes,
  } as Parameters<typeof createApp>[0]);
  server.on('request', handler);
  await loadBundle(core, people());
  return {
    origin,
    address,
    fhir: `${origin}/fhir`,
    core,
    login,
    events,
    actors,
    register: (metadata) => openClients(core).register(metadata),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await core.close();
      await dropStore(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function people() {
  const [first, second] = patients;
  const resources = [
    ...['practitioner-1', 'practitioner-2'].map((id) => ({
      resourceType: 'Practitioner' as const,
      id,
      active: true,
      name: [{ family: 'MEDECIN' }],
    })),
    patient(first, 'PATSIX'),
    patient(second, 'PATHUIT'),
    {
      resourceType: 'Encounter' as const,
      id: 'encounter-1',
      status: 'in-progress' as const,
      class: { code: 'AMB', display: 'ambulatory' },
      subject: { reference: `Patient/${first}` },
    },
  ];
  return {
    resourceType: 'Bundle' as const,
    type: 'transaction' as const,
    entry: resources.map((resource) => ({
      resource,
      request: { method: 'PUT' as const, url: `${resource.resourceType}/${resource.id}` },
    })),
  };
}

function patient(id: string, family: string): Patient & { id: string } {
  return { resourceType: 'Patient', id, name: [{ family, given: ['DOMINIQUE'] }], gender: 'female' };
}
