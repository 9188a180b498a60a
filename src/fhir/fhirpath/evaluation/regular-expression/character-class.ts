import type { Reader } from './reader.ts';

/** Whether a code point is one of those that a part of a pattern takes. */
export type CharacterTest = (code: number) => boolean;

const isDigit: CharacterTest = (code) => code >= 0x30 && code <= 0x39;
const isSpace: CharacterTest = (code) => /\s/.test(String.fromCodePoint(code));

export const isWord: CharacterTest = (code) =>
  isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;

const shorthands: Readonly<Record<string, CharacterTest>> = {
  d: isDigit,
  D: negated(isDigit),
  w: isWord,
  W: negated(isWord),
  s: isSpace,
  S: negated(isSpace),
};

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', '0': '\0' };

function negated(test: CharacterTest): CharacterTest {
  return (code) => !test(code);
}

function between(low: number, high: number): CharacterTest {
  return low === high ? (code) => code === low : (code) => code >= low && code <= high;
}

/** What stands behind a backslash, within a class or outside. */
export function escapedClass(reader: Reader): CharacterTest {
  const item = escapedItem(reader);
  return typeof item === 'number' ? between(item, item) : item;
}

/** A class behind its opening bracket. */
export function characterClass(reader: Reader): CharacterTest {
  const isNegated = reader.takes('^');
  const tests: CharacterTest[] = [];
  while (!reader.takes(']')) {
    const low = classItem(reader);
    if (typeof low !== 'number') {
      tests.push(low);
      continue;
    }
    const isRange = reader.sees('-') && !reader.sees('-]');
    if (!isRange) {
      tests.push(between(low, low));
      continue;
    }
    reader.takes('-');
    const high = classItem(reader);
    if (typeof high !== 'number' || high < low) throw reader.error('a bad range of characters');
    tests.push(between(low, high));
  }
  const isOneOf: CharacterTest = (code) => tests.some((test) => test(code));
  return isNegated ? negated(isOneOf) : isOneOf;
}

function classItem(reader: Reader): number | CharacterTest {
  return reader.takes('\\') ? escapedItem(reader) : codeOf(reader.next());
}

/** A code point, or the test of a class of its own. */
function escapedItem(reader: Reader): number | CharacterTest {
  const property = reader.match(/[pP]\{[A-Za-z_=]{1,60}\}/y);
  if (property !== undefined) return propertyTest(property[0], reader);
  const unit = reader.match(/u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})/y);
  if (unit !== undefined) return Number.parseInt(unit[1] ?? unit[2] ?? '', 16);
  const character = reader.next();
  return shorthands[character] ?? codeOf(controls[character] ?? character);
}

/** A Unicode property, such as `\p{L}`; the native expression sees one character at a time. */
function propertyTest(source: string, reader: Reader): CharacterTest {
  let expression: RegExp;
  try {
    expression = new RegExp(`^\\${source}$`, 'u');
  } catch {
    throw reader.error('an unknown property of characters');
  }
  return (code) => expression.test(String.fromCodePoint(code));
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
