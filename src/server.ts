import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { demoBundle } from '../seeds/demo/index.ts';
import type { Tenants } from './access/tenants.ts';
import { pscLoginService } from './auth/psc/login-service.ts';
import type { LoginService } from './auth/sessions/login-service.ts';
import { type AppOptions, createApp } from './http/app.ts';
import { type ConnectionLimits, createHttpServer, type Tls } from './http/http-server.ts';
import { answerNotReady } from './http/not-ready.ts';
import { serviceStatusRoutes } from './http/service-status.ts';
import { demonstrationNotice } from './operability/demonstration.ts';
import type { Logger } from './operability/logging.ts';
import { publicOrigin, type Settings, urlHost } from './operability/settings.ts';
import { closeGracefully } from './operability/shutdown.ts';
import type { SearchParameterUpkeep } from './search-parameters/upkeep.ts';
import { type AccessParts, type Authenticate, openAccess, openTenants } from './server-access.ts';
import { type AuditParts, openAudit, serviceAccess } from './server-audit.ts';
import { openLogins } from './server-auth.ts';
import { smartReport } from './server-auth-report.ts';
import { type Core, defaultTenant, interactionsAt, loadBundle, openCore } from './server-core.ts';
import { type InsParts, openIns } from './server-ins.ts';
import { openLimits } from './server-limits.ts';
import { packageAdministration, reportPackages, watchPackages } from './server-packages.ts';
import { proxiesOf } from './server-proxy.ts';
import { openPsc } from './server-psc.ts';
import { keepSearchParameters } from './server-upkeep.ts';
import { checkCopyEnded } from './store/copy/progress.ts';

/** This server is connected to neither of these networks. */
const networks = {
  path: '/api/v1/french-healthcare',
  handler: serviceStatusRoutes({
    dmp: () => ({ status: 'not-configured' }),
    mssante: () => ({ status: 'not-configured' }),
  }),
};

/** Milliseconds that requests in flight have to end at shutdown. */
const shutdownGrace = 10_000;

/** What a server may be given. */
export interface ServerParts {
  /** Tells who asks. Absent: nobody logs in, and everybody reaches everything. */
  authenticate?: Authenticate;
  /** Identifies users in place of Pro Santé Connect. */
  login?: LoginService;
}

/** A server that answers. */
export interface RunningServer {
  core: Core;
  /** Public URL without path. */
  origin: string;
  port: number;
  /** Ends what is in flight, then closes the store. */
  close(): Promise<void>;
}

/**
 * Starts the server of these settings. The port is taken first, so that its number is known and two servers never
 * open one store; until the rest is there every request is answered 503.
 * @throws Error when the port is taken, or a certificate, the store or the policy cannot be read
 */
export async function startServer(
  settings: Settings,
  { authenticate, login }: ServerParts = {},
): Promise<RunningServer> {
  let handler = answerNotReady;
  let core: Core | undefined;
  const server = createHttpServer(
    (request, response) => handler(request, response),
    connectionLimits(settings),
    tlsOf(settings, () => core?.log),
  );
  const port = await listen(server, settings.PORT, settings.HOST);
  const origin = publicOrigin(settings, port);
  let upkeep: SearchParameterUpkeep | undefined;
  let access: AccessParts | undefined;
  try {
    core = await openCore(settings, origin);
    await checkCopyEnded(core.stores.transfer);
    reportPackages(core);
    upkeep = await keepSearchParameters(core);
    const address = `http://${urlHost(ownHost(settings.HOST))}:${port}`;
    const tenants = await openTenants(core);
    const ins = await openIns(core, address, tenants?.ids);
    const audit = openAudit(core, tenants?.ids);
    const limits = openLimits(core);
    const report = smartReport(core, audit);
    const psc = await openPsc(core, {
      origin,
      address,
      report,
      accessTo: (tenant) => serviceAccess(core!, audit?.trail, tenant),
    });
    if (settings.SEED === 'demo') await seedDemo(core);
    const auth = await openLogins(core, {
      origin,
      login: login ?? (psc === undefined ? undefined : pscLoginService(psc.logins)),
      accessTo: (actor) => access!.accessTo(actor),
      report,
      tenants,
      limits,
      signedTokens: psc?.signedTokens,
    });
    const means = authenticate ?? auth?.authenticate;
    access = await openAccess(core, { audit, authenticate: means, tenants, limits });
    const administration = means === undefined ? [] : [packageAdministration(core, defaultTenant)];
    const routes = [
      ...administration,
      ...ins.routes,
      ...(psc?.routes ?? []),
      ...(auth?.routes ?? []),
      networks,
    ];
    handler = createApp(appOptions(core, routes, access, tenants));
    ins.capability.start();
    audit?.start();
    const endWatch = watchPackages(core);
    core.log.info('listening', { url: origin, port });
    const notice = demonstrationNotice(settings);
    if (notice !== undefined) core.log.warn(notice);
    if (core.stores.hasOutdatedIndexes) core.log.warn('search indexes are outdated: run passerelle reindex');
    return {
      core,
      origin,
      port,
      close() {
        endWatch();
        return close(server, { core: core!, ins, upkeep: upkeep!, audit, access: access! });
      },
    };
  } catch (error) {
    server.close();
    // A client that asks again and again on its connection would keep the process.
    server.closeAllConnections();
    access?.close();
    await upkeep?.close();
    await core?.close();
    throw error;
  }
}

/** What a running server is made of. */
interface Running {
  core: Core;
  ins: InsParts;
  upkeep: SearchParameterUpkeep;
  audit: AuditParts | undefined;
  access: AccessParts;
}

/** Requests in flight may still need INSi; what waits for it does not. */
async function close(server: Server, { core, ins, upkeep, audit, access }: Running): Promise<void> {
  await closeGracefully(server, shutdownGrace);
  access.close();
  await ins.capability.stop();
  await upkeep.close();
  await audit?.close();
  await core.close();
}

function connectionLimits(settings: Settings): ConnectionLimits {
  return {
    headBytes: settings.MAX_HEADER_BYTES,
    headers: settings.MAX_HEADERS,
    headTime: settings.HEADERS_TIMEOUT_SECONDS * 1000,
    requestTime: settings.REQUEST_TIMEOUT_SECONDS * 1000,
    idleTime: settings.KEEP_ALIVE_SECONDS * 1000,
    requestsPerConnection: settings.MAX_REQUESTS_PER_CONNECTION,
    connections: settings.MAX_CONNECTIONS,
  };
}

/** @param log absent until the server has one */
function tlsOf(settings: Settings, log: () => Logger | undefined): Tls | undefined {
  const { TLS_CERTIFICATE, TLS_KEY, TLS_CLIENT_CA } = settings;
  if (TLS_CERTIFICATE === '') return undefined;
  return {
    files: {
      certificate: TLS_CERTIFICATE,
      key: TLS_KEY,
      ...(TLS_CLIENT_CA === '' ? {} : { clientAuthorities: TLS_CLIENT_CA }),
    },
    onTaken: () => log()?.info('certificate taken'),
    onProblem: ({ message }) => log()?.error('certificate not taken', { problem: message }),
  };
}

function appOptions(
  core: Core,
  routes: AppOptions['routes'],
  { accessOf, publicAccess }: AccessParts,
  tenants: Tenants | undefined,
): AppOptions {
  const { spine, interactions, stores, settings, log, metrics } = core;
  return {
    fhir: {
      interactions,
      baseUrl: spine.baseUrl,
      accessOf,
      publicAccess,
      limits: {
        bodyBytes: settings.MAX_BODY_BYTES,
        urlBytes: settings.MAX_URL_BYTES,
        nestingLevels: settings.MAX_NESTING_LEVELS,
      },
      cors: { origins: settings.CORS_ORIGINS, loopback: isOpenToThisMachine(settings) },
      onAnswered(record) {
        metrics.request(record.interaction, record.type, record.status, record.seconds);
        log.info('request', record);
      },
      onFailure: (error, requestId) => log.error('failure', { requestId, stack: (error as Error).stack }),
    },
    health: {
      readiness: async () => ({
        store: await stores.ping().then(
          () => 'ok',
          () => 'unavailable',
        ),
      }),
      ...(stores.indexBuilds === undefined ? {} : { indexBuilds: stores.indexBuilds }),
    },
    metrics,
    routes,
    trustProxy: proxiesOf(settings).includes,
    ...(tenants === undefined
      ? {}
      : {
          tenants: {
            placeOf: tenants.placeOf,
            interactionsAt: (baseUrl: string) => interactionsAt(core, baseUrl),
          },
        }),
  };
}

/** A server of one machine, made for trying: its pages may call the API from another port. */
function isOpenToThisMachine({ HOST, BASE_URL, NODE_ENV }: Settings): boolean {
  return NODE_ENV !== 'production' && BASE_URL === '' && /^(localhost|127\.0\.0\.1|::1)$/.test(HOST);
}

/** Loads the demo data into a store that never held it. */
async function seedDemo(core: Core): Promise<void> {
  const bundle = demoBundle();
  const [type = '', id = ''] = bundle.entry?.[0]?.request?.url.split('/') ?? [];
  if ((await core.spine.stores.forTenant(defaultTenant).read(type, id)) !== undefined) return;
  core.log.info('demo data loaded', { resources: await loadBundle(core, bundle) });
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Where this process reaches itself: a server that listens on all addresses does on the loopback one. */
function ownHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
