import type { Bundle } from 'fhir/r4.d.ts';
import packageJson from '../package.json' with { type: 'json' };
import { ownSearchParameters } from './fhir/artefacts.ts';
import { loadDefinitions, resourceTypes } from './fhir/definitions/load.ts';
import { parseJson } from './fhir/json.ts';
import type { Resource } from './fhir/resource.ts';
import { patientRules } from './ins/patient-rules.ts';
import { createInteractions, type Interactions } from './interactions/interactions.ts';
import { OperationRegistry } from './interactions/operation.ts';
import { createLinks } from './interactions/reference-rewriting.ts';
import type { Spine } from './interactions/spine.ts';
import { createLog, type Logger } from './operability/logging.ts';
import { createMetrics, type Metrics } from './operability/metrics.ts';
import type { Settings } from './operability/settings.ts';
import { addStandardOperations } from './operations/register.ts';
import { createExtractor } from './search/extract.ts';
import { createSearchParameters } from './search/parameters.ts';
import { openSqliteStores, type SqliteStores } from './store/sqlite/open.ts';
import { createValidator } from './validation/validator.ts';

/** The tenant of a server that has one. */
export const defaultTenant = 'default';

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
 * Runs a transaction bundle on the store, without HTTP.
 * @returns how many entries it had
 * @throws FhirError when the transaction is refused
 */
export async function loadBundle({ interactions, spine }: Core, bundle: Bundle): Promise<number> {
  const request = { tenant: defaultTenant, method: 'POST' as const, path: [], query: [], headers: {} };
  const body = parseJson(JSON.stringify(bundle)) as Resource;
  await interactions({ ...request, body, baseUrl: spine.baseUrl }).run();
  return bundle.entry?.length ?? 0;
}

/**
 * Opens the store and builds the spine over it; a store that was opened does not stay open when the rest fails.
 * @param origin public URL of the server without path
 * @throws Error when the store cannot be opened
 */
export async function openCore(settings: Settings, origin: string): Promise<Core> {
  const log = createLog(settings.LOG_LEVEL);
  const metrics = createMetrics();
  const stores = await openSqliteStores({ directory: settings.DATA_DIR, onLatency: metrics.store });
  try {
    const spine = await openSpine(settings, origin, stores);
    const interactions = createInteractions(spine);
    return { settings, log, metrics, stores, spine, interactions, close: () => stores.close() };
  } catch (error) {
    // Its writer's thread would keep the process alive.
    await stores.close();
    throw error;
  }
}

async function openSpine(settings: Settings, origin: string, stores: SqliteStores): Promise<Spine> {
  const definitions = loadDefinitions();
  const parameters = createSearchParameters(definitions, ownSearchParameters());
  const baseUrl = `${origin}/fhir`;
  const rules = new Map([
    [
      'Patient',
      patientRules({
        acceptedOids: settings.INS_OIDS,
        uniqueMatricule: settings.INS_DUPLICATES === 'refuse',
      }),
    ],
  ]);
  const spine: Spine = {
    stores,
    definitions,
    resourceTypes: resourceTypes(definitions),
    validator: createValidator(definitions),
    parameters,
    extract: createExtractor({ definitions, parameters, baseUrls: [baseUrl] }),
    rules,
    operations: new OperationRegistry(),
    links: createLinks(definitions),
    policy: {
      conditionalDelete: settings.CONDITIONAL_DELETE,
      referenceCheck: settings.REFERENCE_CHECK,
      deleteProtection: settings.DELETE_PROTECTION,
    },
    baseUrl,
    pagingSecret: await stores.secret('paging'),
    software: { name: packageJson.name, version: packageJson.version },
  };
  addStandardOperations(spine);
  return spine;
}
