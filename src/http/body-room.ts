/**
 * How many bytes of large bodies are worked on at a time: what is made of one takes many times its length, so that a few
 * at once would use up the memory, while one after the other they take no longer.
 */
export class BodyRoom {
  readonly #most: number;
  #taken = 0;
  readonly #waiting: { bytes: number; enter: () => void }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Resolves when there is room for a body, in the order of the calls; one that is longer than all the room enters
   * alone.
   * @returns what gives the room back
   */
  async enter(bytes: number): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) {
      await new Promise<void>((resolve) => this.#waiting.push({ bytes, enter: resolve }));
    } else {
      this.#taken += bytes;
    }
    return () => this.#leave(bytes);
  }

  #leave(bytes: number): void {
    this.#taken -= bytes;
    for (
      let [next] = this.#waiting;
      next !== undefined && this.#hasRoom(next.bytes);
      [next] = this.#waiting
    ) {
      this.#waiting.shift();
      this.#taken += next.bytes;
      next.enter();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#most;
  }
}
