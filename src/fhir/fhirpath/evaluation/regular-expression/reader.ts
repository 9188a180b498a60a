/** Groups within groups; the parser goes down them. */
const greatestNesting = 50;

/** Reads the source of a pattern from left to right. */
export class Reader {
  readonly #source: string;
  readonly #refused: (problem: string) => Error;
  #position = 0;
  #nesting = 0;

  /** @param refused the error for a pattern that has a problem */
  constructor(source: string, refused: (problem: string) => Error) {
    this.#source = source;
    this.#refused = refused;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#source.length;
  }

  sees(text: string): boolean {
    return this.#source.startsWith(text, this.#position);
  }

  takes(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#position += text.length;
    return true;
  }

  /** Takes what a sticky expression finds here. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#position;
    const match = expression.exec(this.#source);
    if (match === null) return undefined;
    this.#position += match[0].length;
    return match;
  }

  /** The next character, of one or two code units. */
  next(): string {
    const code = this.#source.codePointAt(this.#position);
    if (code === undefined) throw this.error('an unexpected end');
    const character = String.fromCodePoint(code);
    this.#position += character.length;
    return character;
  }

  enter(): void {
    if (++this.#nesting > greatestNesting) throw this.error('groups that are nested too deep');
  }

  leave(): void {
    this.#nesting--;
  }

  error(problem: string): Error {
    return this.#refused(`A regular expression with ${problem}`);
  }
}
