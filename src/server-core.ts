import type { Bundle } from 'fhir/r4.d.ts';
import packageJson from '../package.json' with { type: 'json' };
import { auditEventRules } from './audit/audit-event-rules.ts';
import { smartSecurity } from './auth/smart/smart-configuration.ts';
import { loadDefinitions, resourceTypes } from './fhir/definitions/load.ts';
import type { R4Definitions } from './fhir/definitions/model.ts';
import { parseJson } from './fhir/json.ts';
import { PackageLibrary } from './fhir/packages/package-library.ts';
import type { Resource } from './fhir/resource.ts';
import { patientRules } from './ins/patient-rules.ts';
import { fullAccess } from './interactions/access.ts';
import type { Interactions } from './interactions/interaction.ts';
import { createInteractions } from './interactions/interactions.ts';
import { OperationRegistry } from './interactions/operation.ts';
import { createLinks } from './interactions/reference-rewriting.ts';
import type { ResourceRules } from './interactions/rules.ts';
import type { Spine } from './interactions/spine.ts';
import { TerminologyService } from './interactions/terminology/service.ts';
import { createLog, type Logger } from './operability/logging.ts';
import { createMetrics, type Metrics } from './operability/metrics.ts';
import type { Settings } from './operability/settings.ts';
import { addStandardOperations, type OperationSwitches } from './operations/register.ts';
import { identifierRules } from './professionals/identifier-rules.ts';
import type { SearchParameterRegistry } from './search-parameters/registry.ts';
import { searchParameterRules } from './search-parameters/rules.ts';
import { packagesDirectory } from './server-packages.ts';
import { openSearchParameters } from './server-search-parameters.ts';
import { openStores } from './server-stores.ts';
import { openRemoteTerminology } from './server-terminology.ts';
import { openValidation } from './server-validation.ts';
import type { DatabaseStores } from './store/database-stores.ts';
import { createValidator } from './validation/validator.ts';

/** The tenant of a server that has one. */
export const defaultTenant = 'default';

/** Everything that a server is made of but its socket: what the commands of `cli/` work with. */
export interface Core {
  settings: Settings;
  log: Logger;
  metrics: Metrics;
  stores: DatabaseStores;
  spine: Spine;
  interactions: Interactions;
  searchParameters: SearchParameterRegistry;
  packages: PackageLibrary;
  close(): Promise<void>;
}

/**
 * Runs a transaction bundle on the store of a tenant, without HTTP.
 * @returns how many entries it had
 * @throws FhirError when the transaction is refused
 */
export async function loadBundle(
  { interactions, spine }: Core,
  bundle: Bundle,
  tenant = defaultTenant,
): Promise<number> {
  const access = { ...fullAccess(spine.stores, tenant), isOwn: true as const };
  const request = { access, method: 'POST' as const, path: [], query: [], headers: {} };
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
  const stores = await openStores(settings, metrics.store);
  if (stores.indexBuilds !== undefined) metrics.indexBuilds(stores.indexBuilds);
  try {
    const definitions = loadDefinitions();
    const baseUrl = `${origin}/fhir`;
    const { indexing } = stores;
    const hasWords = settings.ENCRYPTION_KEYS_FILE === '';
    const searchParameters = openSearchParameters({ definitions, baseUrl, indexing, hasWords, log });
    const packages = await PackageLibrary.open(packagesDirectory(settings));
    const parts = { settings, log, baseUrl, stores, definitions, searchParameters, packages };
    const spine = await openSpine(parts);
    indexing.attach({
      refresh: () => searchParameters.refresh(),
      extract: (body) => searchParameters.extract(body),
      async committed(tenant, types) {
        await searchParameters.committed(tenant, types);
        await spine.validation.committed(tenant, types);
      },
    });
    const interactions = createInteractions(spine);
    return {
      settings,
      log,
      metrics,
      stores,
      spine,
      interactions,
      searchParameters,
      packages,
      close: () => stores.close(),
    };
  } catch (error) {
    // Its writer's thread would keep the process alive.
    await stores.close();
    throw error;
  }
}

/**
 * The interactions at another base URL, such as that of a tenant; all that they work with is the same. It is for a
 * server that is complete: what registers operations later is not there.
 */
export function interactionsAt({ spine, settings }: Core, baseUrl: string): Interactions {
  const other: Spine = { ...spine, baseUrl, operations: new OperationRegistry() };
  addStandardOperations(other, switchesOf(settings));
  other.operations.adopt(spine.operations);
  return createInteractions(other);
}

function switchesOf({ ERASURE, EXPLAIN, AUTH }: Settings): OperationSwitches {
  return { erasure: ERASURE === 'on', explanation: EXPLAIN === 'on', breakGlass: AUTH === 'on' };
}

interface SpineParts extends Pick<Core, 'settings' | 'log' | 'stores' | 'searchParameters' | 'packages'> {
  definitions: R4Definitions;
  baseUrl: string;
}

async function openSpine(parts: SpineParts): Promise<Spine> {
  const { settings, log, baseUrl, stores, definitions, searchParameters, packages } = parts;
  const rules = new Map<string, ResourceRules>([
    ...identifierRules(settings.PROFESSIONAL_KEYS),
    ['AuditEvent', auditEventRules],
    ['SearchParameter', searchParameterRules(searchParameters.judge)],
    [
      'Patient',
      patientRules({
        acceptedOids: settings.INS_OIDS,
        uniqueMatricule: settings.INS_DUPLICATES === 'refuse',
        keys: settings.INS_KEYS,
        incoherence: settings.INS_INCOHERENCE,
      }),
    ],
  ]);
  const validator = createValidator(definitions);
  const conformance = () => packages.conformance;
  const remote = openRemoteTerminology(settings, log, validator);
  const terminology = new TerminologyService(conformance, remote);
  const spine: Spine = {
    stores,
    definitions,
    resourceTypes: resourceTypes(definitions),
    validator,
    validation: openValidation({
      settings,
      log,
      definitions,
      conformance,
      structure: validator,
      stores,
      terminology,
      baseUrl,
    }),
    parameters: searchParameters.parameters,
    extract: searchParameters.extractResource,
    rules,
    operations: new OperationRegistry(),
    terminology,
    links: createLinks(definitions),
    policy: {
      conditionalDelete: settings.CONDITIONAL_DELETE,
      referenceCheck: settings.REFERENCE_CHECK,
      deleteProtection: settings.DELETE_PROTECTION,
      foreignAuditEvents: settings.AUDIT_EVENTS_FROM_CLIENTS,
    },
    limits: {
      bundleEntries: settings.MAX_BUNDLE_ENTRIES,
      bundleAnswerBytes: settings.MAX_BUNDLE_ANSWER_BYTES,
      pageResources: settings.MAX_PAGE_RESOURCES,
      includedResources: settings.MAX_INCLUDED_RESOURCES,
      includeSteps: settings.MAX_INCLUDE_STEPS,
      searchParameters: settings.MAX_SEARCH_PARAMETERS,
      searchValues: settings.MAX_SEARCH_VALUES,
      chainWays: settings.MAX_CHAIN_WAYS,
      searchTime: settings.SEARCH_TIMEOUT_SECONDS * 1000,
      totalTime: settings.TOTAL_TIMEOUT_MILLISECONDS,
    },
    baseUrl,
    pagingSecret: await stores.secret('paging'),
    software: { name: packageJson.name, version: packageJson.version },
    implementationGuides: () => packages.loaded.implementationGuides,
    ...(settings.AUTH === 'on'
      ? {
          security: smartSecurity({
            origin: baseUrl.slice(0, -'/fhir'.length),
            hasLogins: settings.PSC_MODE !== 'off',
          }),
        }
      : {}),
  };
  addStandardOperations(spine, switchesOf(settings));
  return spine;
}
