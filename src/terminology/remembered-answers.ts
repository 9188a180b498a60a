/** Answers that are kept of one terminology, at most. */
const mostAnswers = 50_000;

/**
 * Answers of yes, no and undecided about the codes of systems, by what is asked about: a value set, a code system. Those
 * who write resources ask the same of the same codes.
 */
export class RememberedAnswers {
  readonly #answers = new Map<string, Map<string, Map<string, boolean | null>>>();
  #count = 0;

  /** The answer that is remembered: null where it is undecided, undefined where none is. */
  known(about: string, system: string, code: string): boolean | null | undefined {
    return this.#answers.get(about)?.get(system)?.get(code);
  }

  /** Remembers an answer, and gives it back. */
  remember(about: string, system: string, code: string, answer: boolean | undefined): boolean | undefined {
    // Codes come from documents.
    if (++this.#count > mostAnswers) {
      this.#answers.clear();
      this.#count = 1;
    }
    const bySystem = this.#answers.get(about) ?? new Map<string, Map<string, boolean | null>>();
    const byCode = bySystem.get(system) ?? new Map<string, boolean | null>();
    this.#answers.set(about, bySystem.set(system, byCode.set(code, answer ?? null)));
    return answer;
  }
}
