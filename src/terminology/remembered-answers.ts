/** Answers that are kept of one terminology, at most. */
const mostAnswers = 50_000;

/** Finds what is not remembered yet; undefined where it cannot be decided. */
type Work = (about: string, system: string, code: string) => boolean | undefined;

/**
 * Answers of yes, no and undecided about the codes of systems, by what is asked about: a value set, a code system. Those
 * who write resources ask the same of the same codes.
 */
export class RememberedAnswers {
  readonly #work: Work;
  readonly #answers = new Map<string, Map<string, Map<string, boolean | null>>>();
  #count = 0;

  constructor(work: Work) {
    this.#work = work;
  }

  /** The answer that is remembered, else that of the work. */
  of(about: string, system: string, code: string): boolean | undefined {
    const known = this.#answers.get(about)?.get(system)?.get(code);
    return known === undefined ? this.#remember(about, system, code) : (known ?? undefined);
  }

  #remember(about: string, system: string, code: string): boolean | undefined {
    const answer = this.#work(about, system, code);
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
