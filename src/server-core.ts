import packageJson from '../package.json' with { type: 'json' };
import { ownSearchParameters } from './fhir/artefacts.ts';
import { loadDefinitions, resourceTypes } from './fhir/definitions/load.ts';
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
