import { join } from 'node:path';
import { callingActor } from './auth/calling-actor.ts';
import { ownLayer } from './fhir/conformance/own-layer.ts';
import { fhirError } from './fhir/error.ts';
import { supersededCount } from './fhir/packages/loaded-packages.ts';
import type { PackageLibrary } from './fhir/packages/package-library.ts';
import type { AppRoute } from './http/app.ts';
import type { Logger } from './operability/logging.ts';
import type { Settings } from './operability/settings.ts';
import { packageRoutes } from './routes/packages.ts';

export interface PackageParts {
  packages: PackageLibrary;
  log: Logger;
}

/** The folder of FHIR packages of the settings. */
export function packagesDirectory({ PACKAGES_DIR, DATA_DIR }: Settings): string {
  return PACKAGES_DIR === '' ? join(DATA_DIR, 'packages') : PACKAGES_DIR;
}

/** Logs what was loaded, what was not and why, where a package takes the place of our own, and what is missing. */
export function reportPackages({ packages, log }: PackageParts): void {
  const { loaded } = packages;
  for (const { path, reason } of loaded.broken) log.warn('package not loaded', { path, reason });
  for (const each of loaded.packages) {
    const { name, version, resources } = each;
    log.info('package loaded', { name, version, resources: resources.length });
    const canonicals = supersededCount(each, ownLayer);
    if (canonicals > 0)
      log.info('package takes precedence over built-in definitions', { name, version, canonicals });
  }
  for (const { name, version, neededBy } of loaded.missing) {
    log.warn('package missing', { name, version, neededBy });
  }
}

/** How often it is looked whether packages were added beside this server, or taken away, in milliseconds. */
const lookInterval = 5_000;

/**
 * Takes up what other programs and other servers change in the folder of packages.
 * @returns ends that
 */
export function watchPackages({ packages, log }: PackageParts): () => void {
  const look = async () => {
    try {
      if (await packages.refresh()) reportPackages({ packages, log });
    } catch (error) {
      log.error('packages not looked for', { stack: (error as Error).stack });
    }
  };
  const timer = setInterval(look, lookInterval);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * The administration of packages, which all tenants share.
 * @param tenant the one whose administrators may
 */
export function packageAdministration({ packages, log }: PackageParts, tenant: string): AppRoute {
  const handler = packageRoutes({
    packages,
    checkAdministrator(response) {
      const actor = callingActor(response);
      if (actor.roles.includes('admin') && actor.tenant === tenant) return;
      throw fhirError(403, 'forbidden', 'Packages are administered in the role admin alone');
    },
    onChange: (event, name, version) => log.info(event, { name, version }),
  });
  return { path: '/api/v1/admin/packages', handler };
}
