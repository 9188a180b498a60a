import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import packageJson from '../package.json' with { type: 'json' };
import { demoBundle } from '../seeds/demo/index.ts';
import { ownSearchParameters } from './fhir/artefacts.ts';
import { loadDefinitions, resourceTypes } from './fhir/definitions/load.ts';
import { parseJson } from './fhir/json.ts';
import type { Resource } from './fhir/resource.ts';
import { type AppOptions, createApp } from './http/app.ts';
import { createInteractions, type Interactions } from './interactions/interactions.ts';
import { OperationRegistry } from './interactions/operation.ts';
import type { ResourceRules } from './interactions/rules.ts';
import type { Spine } from './interactions/spine.ts';
import { createLog, type Logger } from './operability/logging.ts';
import { createMetrics, type Metrics } from './operability/metrics.ts';
import type { Settings } from './operability/settings.ts';
import { closeGracefully } from './operability/shutdown.ts';
import { createExtractor } from './search/extract.ts';
import { createSearchParameters } from './search/parameters.ts';
import { openSqliteStores, type SqliteStores } from './store/sqlite/open.ts';
import { createValidator } from './validation/validator.ts';

/** The tenant of a server that has one. */
export const defaultTenant = 'default';

/** Milliseconds that requests in flight have to end at shutdown. */
const shutdownGrace = 10_000;

/** Everything that a server is made of but its socket: what the commands of `cli/` work with. */
export interface Core {
  settings: Settings;
  log: Logger;
  metrics: Metrics;
  stores: SqliteStores;
  spine: Spine;
  interactions: Interactions;
  close(): Promise<void>;
}

/**
 * Opens the store and builds the spine over it.
 * @param origin public URL of the server without path
 * @throws Error when the store cannot be opened
 */
export async function openCore(settings: Settings, origin: string): Promise<Core> {
  const log = createLog(settings.LOG_LEVEL);
  const metrics = createMetrics();
  const stores = await openSqliteStores({ directory: settings.DATA_DIR, onLatency: metrics.store });
  const definitions = loadDefinitions();
  const parameters = createSearchParameters(definitions, ownSearchParameters());
  const baseUrl = `${origin}/fhir`;
  const rules = new Map<string, ResourceRules>();
  const spine: Spine = {
    stores,
    resourceTypes: resourceTypes(definitions),
    validator: createValidator(definitions),
    parameters,
    extract: createExtractor({ definitions, parameters, baseUrls: [baseUrl] }),
    rules,
    operations: new OperationRegistry(),
    baseUrl,
    pagingSecret: await stores.secret('paging'),
    software: { name: packageJson.name, version: packageJson.version },
  };
  return {
    settings,
    log,
    metrics,
    stores,
    spine,
    interactions: createInteractions(spine),
    close: () => stores.close(),
  };
}

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
  let handler: RequestListener = (_request, response) => {
    response.writeHead(503, { 'Retry-After': '1' }).end();
  };
  const server = createServer((request, response) => handler(request, response));
  const port = await listen(server, settings.PORT, settings.HOST);
  const origin = settings.BASE_URL || `http://${urlHost(settings.HOST)}:${port}`;
  let core: Core | undefined;
  try {
    core = await openCore(settings, origin);
    if (settings.SEED === 'demo') await seedDemo(core);
    handler = createApp(appOptions(core));
  } catch (error) {
    server.close();
    await core?.close();
    throw error;
  }
  const opened = core;
  return {
    core,
    origin,
    async close() {
      await closeGracefully(server, shutdownGrace);
      await opened.close();
    },
  };
}

function appOptions({ spine, interactions, stores, settings, log, metrics }: Core): AppOptions {
  return {
    fhir: {
      interactions,
      baseUrl: spine.baseUrl,
      tenant: defaultTenant,
      maxBodyBytes: settings.MAX_BODY_BYTES,
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
    },
    metrics,
    routes: [],
  };
}

/** Loads the demo data into a store that never held it. */
async function seedDemo({ spine, interactions, log }: Core): Promise<void> {
  const bundle = demoBundle();
  const entries = bundle.entry ?? [];
  const [type = '', id = ''] = entries[0]?.request?.url.split('/') ?? [];
  if ((await spine.stores.forTenant(defaultTenant).read(type, id)) !== undefined) return;
  const request = { tenant: defaultTenant, method: 'POST' as const, path: [], query: [], headers: {} };
  const body = parseJson(JSON.stringify(bundle)) as Resource;
  await interactions({ ...request, body, baseUrl: spine.baseUrl }).run();
  log.info('demo data loaded', { resources: entries.length });
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

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
