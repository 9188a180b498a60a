import type { CodeSystemIndex } from '../../terminology/code-system-index.ts';

/** Concepts that the indexes of stored code systems hold together, at most; a hundred thousand take some 40 MiB. */
const mostConcepts = 400_000;

/** Resources whose version of the code system is remembered, at most. */
const mostVersions = 2000;

interface Kept {
  /** Of the resources that the index was made from. */
  stamp: string;
  index: Promise<CodeSystemIndex | undefined>;
  /** 0 while it is being made. */
  size: number;
}

/**
 * The indexes of the code systems that are stored, those asked for last: whoever asks next finds them made. One that is
 * being made is made once for all who ask meanwhile.
 */
export class IndexCache {
  readonly #kept = new Map<string, Kept>();
  readonly #versions = new Map<string, string | undefined>();

  /**
   * The version of the code system that a stored resource is of, which stands in its body.
   * @param key names the stored version of the resource
   */
  async versionOf(key: string, read: () => Promise<string | undefined>): Promise<string | undefined> {
    if (!this.#versions.has(key)) {
      if (this.#versions.size >= mostVersions) this.#versions.clear();
      this.#versions.set(key, await read());
    }
    return this.#versions.get(key);
  }

  /**
   * @param key names the code system, its version and the tenant
   * @param stamp another one once the resources have changed
   */
  async get(
    key: string,
    stamp: string,
    make: () => Promise<CodeSystemIndex | undefined>,
  ): Promise<CodeSystemIndex | undefined> {
    const known = this.#kept.get(key);
    const kept = known?.stamp === stamp ? known : { stamp, index: make(), size: 0 };
    // What was asked for last stands last.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    try {
      const index = await kept.index;
      kept.size = index?.size ?? 1;
      this.#shrink(key);
      return index;
    } catch (error) {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
      throw error;
    }
  }

  /** Forgets those asked for longest ago; the one in use stays, however large it is. */
  #shrink(inUse: string): void {
    let total = 0;
    for (const { size } of this.#kept.values()) total += size;
    for (const [key, { size }] of this.#kept) {
      if (total <= mostConcepts) return;
      if (key === inUse || size === 0) continue;
      this.#kept.delete(key);
      total -= size;
    }
  }
}
