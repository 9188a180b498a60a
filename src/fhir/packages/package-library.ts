import { rmSync } from 'node:fs';
import type { ConformanceResources } from '../conformance/conformance-resources.ts';
import { loadConformance } from '../conformance/load.ts';
import { installPackage } from './install-package.ts';
import { type LoadedPackages, loadPackages } from './loaded-packages.ts';
import type { FhirPackage } from './read-package.ts';

/** The packages of a running server, and the conformance resources that they are part of. */
export class PackageLibrary {
  /** The folder that they lie in. */
  readonly directory: string;
  #loaded: LoadedPackages;
  #conformance: ConformanceResources;

  constructor(directory: string) {
    this.directory = directory;
    this.#loaded = loadPackages(directory);
    this.#conformance = loadConformance([this.#loaded.layer]);
  }

  get loaded(): LoadedPackages {
    return this.#loaded;
  }

  /** Those of R4, of this server and of the packages: another object when the packages are others. */
  get conformance(): ConformanceResources {
    return this.#conformance;
  }

  /**
   * Adds the package of a path to the folder, and takes it up.
   * @throws PackageError when it is no package of FHIR R4, or is damaged
   * @throws PackageThereError
   */
  add(path: string): FhirPackage {
    const added = installPackage(path, this.directory);
    this.#reload();
    return added;
  }

  /** Takes a package away; false when there is none of that name and version. */
  remove(name: string, version: string): boolean {
    const removed = this.#loaded.packages.filter((each) => each.name === name && each.version === version);
    if (removed.length === 0) return false;
    for (const { path } of removed) rmSync(path, { recursive: true });
    this.#reload();
    return true;
  }

  #reload(): void {
    this.#loaded = loadPackages(this.directory);
    this.#conformance = loadConformance([this.#loaded.layer]);
  }
}
