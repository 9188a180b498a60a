/** The texts of some concepts as one string. */
export class TextBlock {
  readonly #text: string;
  readonly #starts: Uint32Array;

  constructor(texts: readonly string[]) {
    this.#text = texts.join('\n');
    this.#starts = new Uint32Array(texts.length + 1);
    let start = 0;
    for (const [position, text] of texts.entries()) {
      this.#starts[position] = start;
      start += text.length + 1;
    }
    this.#starts[texts.length] = start;
  }

  /** The positions of the texts that hold all words. */
  holding([first = '', ...others]: readonly string[]): number[] {
    const found: number[] = [];
    let position = 0;
    for (let at = this.#text.indexOf(first); at >= 0; ) {
      while ((this.#starts[position + 1] as number) <= at) position++;
      const end = this.#starts[position + 1] as number;
      if (others.length > 0) {
        const text = this.#text.slice(this.#starts[position], end - 1);
        if (others.every((word) => text.includes(word))) found.push(position);
      } else found.push(position);
      at = this.#text.indexOf(first, end);
    }
    return found;
  }
}
