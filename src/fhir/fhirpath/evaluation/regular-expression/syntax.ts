import { type CharacterTest, characterClass, escapedClass } from './character-class.ts';
import type { Reader } from './reader.ts';

export type Assertion = 'start' | 'end' | 'boundary' | 'noBoundary';

/** The syntax tree of a pattern. */
export type PatternSyntax =
  | { kind: 'character'; test: CharacterTest }
  | { kind: 'assertion'; assertion: Assertion }
  | { kind: 'sequence'; parts: PatternSyntax[] }
  | { kind: 'alternatives'; parts: PatternSyntax[] }
  /** @param group counts from 1 */
  | { kind: 'group'; part: PatternSyntax; group: number }
  /** @param most Infinity for no limit */
  | { kind: 'repetition'; part: PatternSyntax; least: number; most: number; isLazy: boolean };

const assertions: Readonly<Record<string, Assertion>> = { '^': 'start', $: 'end' };
const escapedAssertions: Readonly<Record<string, Assertion>> = { b: 'boundary', B: 'noBoundary' };

/**
 * Parses a pattern: characters, classes, groups, alternatives, greedy and lazy repetitions, `^`, `$` and `\b`. Throws
 * the error of the reader for what cannot be matched in one pass over the text: back references and look-around.
 */
export function parsePattern(reader: Reader): PatternSyntax {
  const syntax = new PatternParser(reader).alternatives();
  if (!reader.isAtEnd) throw reader.error('a parenthesis that is not open');
  return syntax;
}

class PatternParser {
  readonly #reader: Reader;
  #groups = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  alternatives(): PatternSyntax {
    const parts = [this.#sequence()];
    while (this.#reader.takes('|')) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] as PatternSyntax) : { kind: 'alternatives', parts };
  }

  #sequence(): PatternSyntax {
    const parts: PatternSyntax[] = [];
    while (!this.#reader.isAtEnd && !this.#reader.sees('|') && !this.#reader.sees(')')) {
      parts.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #repeated(part: PatternSyntax): PatternSyntax {
    const reader = this.#reader;
    const limits = this.#limits();
    if (limits === undefined) return part;
    const [least, most] = limits;
    if (most < least) throw reader.error('a repetition whose limits are the wrong way round');
    const isLazy = reader.takes('?');
    if (reader.sees('*') || reader.sees('+')) throw reader.error('a repetition of a repetition');
    return { kind: 'repetition', part, least, most, isLazy };
  }

  #limits(): [number, number] | undefined {
    const reader = this.#reader;
    if (reader.takes('*')) return [0, Number.POSITIVE_INFINITY];
    if (reader.takes('+')) return [1, Number.POSITIVE_INFINITY];
    if (reader.takes('?')) return [0, 1];
    const match = reader.match(/\{(\d{1,6})(?:(,)(\d{1,6})?)?\}/y);
    if (match === undefined) return undefined;
    const least = Number(match[1]);
    if (match[2] === undefined) return [least, least];
    return [least, match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])];
  }

  #atom(): PatternSyntax {
    const reader = this.#reader;
    if (reader.takes('(')) return this.#group();
    if (reader.takes('[')) return { kind: 'character', test: characterClass(reader) };
    if (reader.takes('.')) return { kind: 'character', test: () => true };
    if (reader.takes('\\')) return this.#escape();
    const character = reader.next();
    const assertion = assertions[character];
    if (assertion !== undefined) return { kind: 'assertion', assertion };
    if (character === '*' || character === '+' || character === '?') {
      throw reader.error('a repetition of nothing');
    }
    return sameCharacter(character);
  }

  #group(): PatternSyntax {
    const reader = this.#reader;
    reader.enter();
    const isCapturing = !reader.takes('?:');
    if (isCapturing && reader.sees('?') && reader.match(/\?<[A-Za-z]\w*>/y) === undefined) {
      throw reader.error('look-around or a flag');
    }
    const group = isCapturing ? ++this.#groups : 0;
    const part = this.alternatives();
    if (!reader.takes(')')) throw reader.error('a parenthesis that is not closed');
    reader.leave();
    return isCapturing ? { kind: 'group', part, group } : part;
  }

  #escape(): PatternSyntax {
    const reader = this.#reader;
    const assertion = reader.match(/[bB]/y);
    if (assertion !== undefined) {
      return { kind: 'assertion', assertion: escapedAssertions[assertion[0]] as Assertion };
    }
    if (reader.match(/[1-9]|k</y) !== undefined) throw reader.error('a back reference');
    return { kind: 'character', test: escapedClass(reader) };
  }
}

function sameCharacter(character: string): PatternSyntax {
  const wanted = character.codePointAt(0);
  return { kind: 'character', test: (code) => code === wanted };
}
