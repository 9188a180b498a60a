import { isWord } from './character-class.ts';
import { type Instruction, programOf } from './program.ts';
import { Reader } from './reader.ts';
import { type Assertion, parsePattern } from './syntax.ts';

/** Counts the work of a match; throws when there is too much of it. */
type Spend = (steps: number) => void;

/** A regular expression whose time is bound by the length of the pattern times that of the text, whatever it is. */
export interface Pattern {
  /** Whether it matches anywhere in the text. */
  matches(text: string, spend: Spend): boolean;
  /** The text with each match replaced; `$1` stands for the first group, `$0` for the whole match. */
  replaced(text: string, substitution: string, spend: Spend): string;
}

const longestPattern = 5_000;

/**
 * Reads a regular expression. It follows all ways through the pattern at once instead of trying one after the other as
 * the engine of JavaScript does, since constraints come with profiles of unknown origin and texts with resources:
 * nested repetitions must not stop the server.
 * @param refused the error for what is no pattern, or cannot be matched in this way (look-around, back references)
 */
export function readPattern(source: string, refused: (problem: string) => Error): Pattern {
  const reader = new Reader(source, refused);
  if (source.length > longestPattern) throw reader.error(`more than ${longestPattern} characters`);
  const program = programOf(parsePattern(reader), () => reader.error('too many repetitions'));
  const slots = slotCount(program);
  // Most texts are short: an array for each would cost more than the match.
  const reached = new Int32Array(program.length);
  return {
    matches: (text, spend) => new Machine(program, reached, text, spend).find(0, 0) !== undefined,
    replaced: (text, substitution, spend) => {
      const machine = new Machine(program, reached, text, spend);
      let result = '';
      let position = 0;
      while (position <= text.length) {
        const found = machine.find(position, slots);
        if (found === undefined) break;
        const [start = 0, end = 0] = found;
        const replacement = substituted(substitution, text, found);
        spend((start - position + replacement.length) >> 4);
        result += text.slice(position, start) + replacement;
        // Behind an empty match one character goes on as it is.
        if (end === start) result += text.slice(end, end + 1);
        position = end === start ? end + 1 : end;
      }
      return result + text.slice(position);
    },
  };
}

function slotCount(program: readonly Instruction[]): number {
  return program.reduce((most, step) => (step.kind === 'note' ? Math.max(most, step.slot + 1) : most), 2);
}

function substituted(substitution: string, text: string, found: readonly (number | undefined)[]): string {
  return substitution.replace(/\$(\d)/g, (whole, digit: string) => {
    const group = Number(digit) * 2;
    if (group >= found.length) return whole;
    const start = found[group];
    return start === undefined ? '' : text.slice(start, found[group + 1]);
  });
}

/** One way through the program that is still open. */
interface Way {
  at: number;
  notes: readonly (number | undefined)[];
}

const noNotes: readonly undefined[] = [];

class Machine {
  readonly #program: readonly Instruction[];
  readonly #text: string;
  readonly #spend: Spend;
  /** By instruction, the position in the text up to which it has been reached. */
  readonly #reached: Int32Array;

  constructor(program: readonly Instruction[], reached: Int32Array, text: string, spend: Spend) {
    this.#program = program;
    this.#text = text;
    this.#spend = spend;
    this.#reached = reached;
  }

  /**
   * The first match from a position on.
   * @param slots how many places to note; none where only the existence of a match matters
   */
  find(from: number, slots: number): readonly (number | undefined)[] | undefined {
    this.#reached.fill(-1);
    this.#spend(1 + (this.#reached.length >> 4));
    let open: Way[] = [];
    let found: Way | undefined;
    for (let position = from; position <= this.#text.length; ) {
      const start: Way = { at: 0, notes: slots === 0 ? noNotes : new Array(slots).fill(undefined) };
      if (found === undefined) this.#follow(start, position, slots, open);
      else if (open.length === 0) break;
      const code = this.#text.codePointAt(position) ?? -1;
      const next = position + (code > 0xffff ? 2 : 1);
      const following: Way[] = [];
      this.#spend(1 + open.length);
      for (const way of open) {
        const step = this.#program[way.at] as Instruction;
        if (step.kind === 'match') {
          found = way;
          break;
        }
        if (step.kind === 'character' && code >= 0 && step.test(code)) {
          this.#follow({ at: way.at + 1, notes: way.notes }, next, slots, following);
        }
      }
      if (found !== undefined && slots === 0) return found.notes;
      open = following;
      position = next;
    }
    return found?.notes;
  }

  /** Adds the ways from here that come to a character or the end, in the order of preference. */
  #follow(from: Way, position: number, slots: number, ways: Way[]): void {
    const pending = [from];
    let steps = 0;
    for (let way = pending.pop(); way !== undefined; way = pending.pop()) {
      const { at, notes } = way;
      steps++;
      if (this.#reached[at] === position) continue;
      this.#reached[at] = position;
      const step = this.#program[at] as Instruction;
      switch (step.kind) {
        case 'character':
        case 'match':
          ways.push(way);
          break;
        case 'jump':
          pending.push({ at: step.to, notes });
          break;
        case 'fork':
          pending.push({ at: step.second, notes }, { at: step.first, notes });
          break;
        case 'note':
          pending.push({ at: at + 1, notes: slots === 0 ? notes : notes.with(step.slot, position) });
          break;
        case 'assertion':
          if (this.#holds(step.assertion, position)) pending.push({ at: at + 1, notes });
      }
    }
    // A few steps lead from one character to the next; forks that lead to none cost as well, and notes are copied.
    this.#spend(1 + ((steps * (slots + 1)) >> 4));
  }

  #holds(assertion: Assertion, position: number): boolean {
    if (assertion === 'start') return position === 0;
    if (assertion === 'end') return position === this.#text.length;
    const isBoundary = this.#isWordAt(position - 1) !== this.#isWordAt(position);
    return isBoundary === (assertion === 'boundary');
  }

  #isWordAt(position: number): boolean {
    return position >= 0 && position < this.#text.length && isWord(this.#text.charCodeAt(position));
  }
}
