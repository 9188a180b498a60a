import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { demoBundle } from '../seeds/demo/index.ts';
import { type AppOptions, createApp } from './http/app.ts';
import { answerClientError } from './http/client-error.ts';
import { answerNotReady } from './http/not-ready.ts';
import { publicOrigin, type Settings, urlHost } from './operability/settings.ts';
import { closeGracefully } from './operability/shutdown.ts';
import type { SearchParameterUpkeep } from './search-parameters/upkeep.ts';
import { type Core, defaultTenant, loadBundle, openCore } from './server-core.ts';
import { type InsParts, openIns } from './server-ins.ts';
import { keepSearchParameters } from './server-upkeep.ts';
import { checkCopyEnded } from './store/copy/progress.ts';

/** Milliseconds that requests in flight have to end at shutdown. */
const shutdownGrace = 10_000;

/**
 * How long a connection without requests is kept, in milliseconds: longer than proxies keep theirs, as a rule a minute,
 * so that none sends a request on a connection that is being closed.
 */
const keepAliveTimeout = 75_000;

/** A server that answers. */
export interface RunningServer {
  core: Core;
  /** Public URL without path. */
  origin: string;
  /** Ends what is in flight, then closes the store. */
  close(): Promise<void>;
}

/**
 * Starts the server of these settings. The port is taken first, so that its number is known and two servers never
 * open one store; until the rest is there every request is answered 503.
 * @throws Error when the port is taken or the store cannot be opened
 */
export async function startServer(settings: Settings): Promise<RunningServer> {
  let handler = answerNotReady;
  const server = createServer(
    { maxHeaderSize: settings.MAX_HEADER_BYTES, keepAliveTimeout },
    (request, response) => handler(request, response),
  );
  server.on('clientError', answerClientError);
  const port = await listen(server, settings.PORT, settings.HOST);
  const origin = publicOrigin(settings, port);
  let core: Core | undefined;
  let upkeep: SearchParameterUpkeep | undefined;
  try {
    core = await openCore(settings, origin);
    await checkCopyEnded(core.stores.transfer);
    upkeep = await keepSearchParameters(core);
    const ins = await openIns(core, `http://${urlHost(ownHost(settings.HOST))}:${port}`);
    if (settings.SEED === 'demo') await seedDemo(core);
    handler = createApp(appOptions(core, ins));
    ins.capability.start();
    core.log.info('listening', { url: origin, port });
    if (core.stores.hasOutdatedIndexes) core.log.warn('search indexes are outdated: run passerelle reindex');
    return { core, origin, close: () => close(server, core!, ins, upkeep!) };
  } catch (error) {
    server.close();
    await upkeep?.close();
    await core?.close();
    throw error;
  }
}

/** Requests in flight may still need INSi; what waits for it does not. */
async function close(
  server: Server,
  core: Core,
  ins: InsParts,
  upkeep: SearchParameterUpkeep,
): Promise<void> {
  await closeGracefully(server, shutdownGrace);
  await ins.capability.stop();
  await upkeep.close();
  await core.close();
}

function appOptions(core: Core, ins: InsParts): AppOptions {
  const { spine, interactions, stores, settings, log, metrics } = core;
  return {
    fhir: {
      interactions,
      baseUrl: spine.baseUrl,
      tenant: defaultTenant,
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
    routes: ins.routes,
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
