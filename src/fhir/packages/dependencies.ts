import type { FhirPackage } from './read-package.ts';

/** A package that others build upon and that is not there in that version. */
export interface MissingDependency {
  name: string;
  version: string;
  /** Those that name it, as `name#version`. */
  neededBy: readonly string[];
  /** The versions of it that are there. */
  versionsThere: readonly string[];
}

/** Packages whose content is part of this server: R4 itself, and what is derived from it. */
const builtIn = /^hl7\.fhir\.r4\.(core|expansions|examples|corexml|elements|search)$/;

/** What the packages need and do not find among themselves, each once, by name and version. */
export function missingDependencies(packages: readonly FhirPackage[]): MissingDependency[] {
  const missing = new Map<string, MissingDependency & { neededBy: string[] }>();
  for (const { name: needing, version: ofVersion, dependencies } of packages) {
    for (const [name, version] of Object.entries(dependencies)) {
      const versionsThere = packages.flatMap((each) => (each.name === name ? [each.version] : []));
      if (builtIn.test(name) || versionsThere.some((there) => satisfies(there, version))) continue;
      const key = `${name}#${version}`;
      const entry = missing.get(key) ?? { name, version, neededBy: [], versionsThere };
      entry.neededBy.push(`${needing}#${ofVersion}`);
      missing.set(key, entry);
    }
  }
  return [...missing].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, entry]) => entry);
}

/** Versions may leave parts open (`4.0.x`, `latest`, and `current` or `dev` for what is not published yet). */
function satisfies(version: string, wanted: string): boolean {
  if (['latest', 'current', 'dev', '*', 'x'].includes(wanted)) return true;
  const parts = version.split('.');
  const wantedParts = wanted.split('.');
  return wantedParts.every((part, index) => /^[x*]$/.test(part) || part === parts[index]);
}
