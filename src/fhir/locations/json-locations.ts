import { backslash, closeBrace, closeBracket, comma, openBrace, openBracket, quote } from '../json-marks.ts';
import { isChoiceKey } from './choice-keys.ts';
import { belowOf, type Wanted } from './path-tree.ts';

/** Notes where the wanted elements stand in a JSON text that was parsed before: the start of their value. */
export function findInJson(text: string, root: Wanted): void {
  new JsonScanner(text).root(root);
}

class JsonScanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  root(root: Wanted): void {
    this.#skipSpace();
    root.offset = this.#position;
    this.#value([root]);
  }

  /** The value at the position, with what is wanted of it and below it. */
  #value(wanted: readonly Wanted[]): void {
    const code = this.#text.charCodeAt(this.#position);
    const below = belowOf(wanted);
    if (code === openBrace && below.length > 0) this.#object(below);
    else this.#skip();
  }

  #object(wanted: readonly Wanted[]): void {
    this.#enter();
    while (this.#text.charCodeAt(this.#position) !== closeBrace) {
      const key = this.#key();
      const name = key.startsWith('_') ? key.slice(1) : key;
      const matching = wanted.filter((each) => each.name === name || isChoiceKey(name, each.name));
      this.#property(matching, name !== key);
      this.#next();
    }
    this.#position++;
  }

  #property(wanted: readonly Wanted[], isCompanion: boolean): void {
    if (wanted.length === 0) {
      this.#skip();
      return;
    }
    if (this.#text.charCodeAt(this.#position) !== openBracket) {
      const here = wanted.filter(({ index }) => index === undefined || index === 0);
      this.#note(here, isCompanion);
      this.#value(here);
      return;
    }
    const byIndex = Map.groupBy(wanted, ({ index }) => index);
    const all = byIndex.get(undefined) ?? [];
    this.#note(all, isCompanion);
    this.#enter();
    for (let position = 0; this.#text.charCodeAt(this.#position) !== closeBracket; position++) {
      const here = byIndex.get(position) ?? [];
      this.#note(here, isCompanion);
      this.#value(position === 0 ? [...here, ...all] : here);
      this.#next();
    }
    this.#position++;
  }

  /** A value counts more than its companion, which counts more than the null that holds the place of a value. */
  #note(wanted: readonly Wanted[], isCompanion: boolean): void {
    if (this.#text.startsWith('null', this.#position)) return;
    for (const each of wanted) {
      if (!isCompanion || each.offset === undefined) each.offset = this.#position;
    }
  }

  #key(): string {
    const start = this.#position;
    this.#skip();
    const key = JSON.parse(this.#text.slice(start, this.#position)) as string;
    this.#skipSpace();
    // The colon.
    this.#position++;
    this.#skipSpace();
    return key;
  }

  #enter(): void {
    this.#position++;
    this.#skipSpace();
  }

  /** Goes to the next member, or to the end of the object or array. */
  #next(): void {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#position) === comma) this.#enter();
  }

  /** Goes behind the value at the position, whatever is in it. */
  #skip(): void {
    const text = this.#text;
    let depth = 0;
    do {
      const code = text.charCodeAt(this.#position);
      if (code === quote) {
        this.#skipString();
        continue;
      }
      if (code === openBrace || code === openBracket) depth++;
      else if (code === closeBrace || code === closeBracket) depth--;
      else if (depth === 0) {
        this.#skipWord();
        return;
      }
      this.#position++;
    } while (depth > 0);
  }

  #skipString(): void {
    let position = this.#position + 1;
    for (let code = this.#text.charCodeAt(position); code !== quote; code = this.#text.charCodeAt(position)) {
      position += code === backslash ? 2 : 1;
    }
    this.#position = position + 1;
  }

  /** A number, true, false or null. */
  #skipWord(): void {
    const word = /[\w.+-]*/y;
    word.lastIndex = this.#position;
    word.exec(this.#text);
    this.#position = word.lastIndex;
  }

  #skipSpace(): void {
    while (this.#text.charCodeAt(this.#position) <= 0x20) this.#position++;
  }
}
