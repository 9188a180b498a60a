/** Bytes of one generation; there are two. */
const generationBytes = 16 * 1_048_576;

/**
 * Bodies that are held in memory, by a key. What was not asked for while a whole generation of others came is let go of.
 */
export class Generations<K, V> {
  /** What is here goes on when it is asked for. */
  #older = new Map<K, Held<V>>();
  #younger = new Map<K, Held<V>>();
  #youngerBytes = 0;

  get(key: K): V | undefined {
    const young = this.#younger.get(key);
    if (young !== undefined) return young.value;
    const old = this.#older.get(key);
    if (old !== undefined) this.#add(key, old);
    return old?.value;
  }

  /** @param bytes that the value takes, about */
  keep(key: K, value: V, bytes: number): void {
    this.#add(key, { value, bytes });
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

  #add(key: K, held: Held<V>): void {
    if (this.#youngerBytes > generationBytes) {
      this.#older = this.#younger;
      this.#younger = new Map();
      this.#youngerBytes = 0;
    }
    this.#younger.set(key, held);
    this.#youngerBytes += held.bytes;
  }
}

interface Held<V> {
  value: V;
  bytes: number;
}
