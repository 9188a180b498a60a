import { rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ConformanceResources } from '../conformance/conformance-resources.ts';
import { loadConformance } from '../conformance/load.ts';
import { installPackage } from './install-package.ts';
import { type LoadedPackages, loadPackages } from './loaded-packages.ts';
import { folderStamps } from './package-folder.ts';
import { type FhirPackage, PackageError } from './read-package.ts';

/** The packages of a running server, and the conformance resources that they are part of. */
export class PackageLibrary {
  /** The folder that they lie in. */
  readonly directory: string;
  #loaded: LoadedPackages;
  #conformance: ConformanceResources;
  #onChange: () => Promise<void> = async () => undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, loaded: LoadedPackages) {
    this.directory = directory;
    this.#loaded = loaded;
    this.#conformance = loadConformance([loaded.layer]);
  }

  static async open(directory: string): Promise<PackageLibrary> {
    return new PackageLibrary(directory, await loadPackages(directory));
  }

  get loaded(): LoadedPackages {
    return this.#loaded;
  }

  /** Those of R4, of this server and of the packages: another object when the packages are others. */
  get conformance(): ConformanceResources {
    return this.#conformance;
  }

  /** @param listener called when the packages have become others; a change is over when it is done */
  onChange(listener: () => Promise<void>): void {
    this.#onChange = listener;
  }

  /**
   * Adds the package of a path to the folder, and takes it up.
   * @throws PackageError when it is no package of FHIR R4, or is damaged
   * @throws PackageThereError
   */
  add(path: string): Promise<FhirPackage> {
    return this.#inTurn(async () => {
      const installed = await installPackage(path, this.directory);
      await this.#reload();
      const isAdded = (each: { path: string }) => each.path === installed.path;
      const added = this.#loaded.packages.find(isAdded);
      if (added !== undefined) return added;
      const reason = this.#loaded.broken.find(isAdded)?.reason;
      rmSync(installed.path, { recursive: true });
      await this.#reload();
      throw new PackageError(path, new Error(reason));
    });
  }

  /** Takes a package away; false when there is none of that name and version. */
  remove(name: string, version: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const removed = this.#loaded.packages.filter((each) => each.name === name && each.version === version);
      if (removed.length === 0) return false;
      for (const { path } of removed) rmSync(path, { recursive: true });
      await this.#reload();
      return true;
    });
  }

  /** Takes up what others changed in the folder; false when it is as it was. */
  refresh(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (isDeepStrictEqual(folderStamps(this.directory), this.#loaded.folder.stamps)) return false;
      await this.#reload();
      return true;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #reload(): Promise<void> {
    this.#loaded = await loadPackages(this.directory, this.#loaded);
    this.#conformance = loadConformance([this.#loaded.layer]);
    await this.#onChange();
  }
}
