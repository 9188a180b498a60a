/** Bytes of one generation; there are two. */
const generationBytes = 16 * 1_048_576;

/** Bytes that a version takes beside its body, about. */
const bytesBeside = 500;

/** Longer bodies are read each time: there is no room for many of them. */
const longestBody = 131_072;

/**
 * Versions that are held in memory, by a key. What was not asked for while a whole generation of others came is let go
 * of.
 */
export class Generations<K, V extends { body: { length: number } }> {
  /** What is here goes on when it is asked for. */
  #older = new Map<K, V>();
  #younger = new Map<K, V>();
  #youngerBytes = 0;

  get(key: K): V | undefined {
    const young = this.#younger.get(key);
    if (young !== undefined) return young;
    const old = this.#older.get(key);
    if (old !== undefined) this.#add(key, old);
    return old;
  }

  /** Holds a version in place of the one that is held, unless it is too long: then neither is. */
  keep(key: K, version: V): void {
    if (version.body.length <= longestBody) this.#add(key, version);
    else this.forget(key);
  }

  forget(key: K): void {
    this.#older.delete(key);
    this.#younger.delete(key);
  }

  clear(): void {
    this.#older.clear();
    this.#younger.clear();
    this.#youngerBytes = 0;
  }

  #add(key: K, version: V): void {
    if (this.#youngerBytes > generationBytes) {
      this.#older = this.#younger;
      this.#younger = new Map();
      this.#youngerBytes = 0;
    }
    this.#younger.set(key, version);
    this.#youngerBytes += version.body.length + bytesBeside;
  }
}
