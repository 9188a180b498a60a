/** Answers that are kept, at most. */
const mostAnswers = 5000;

interface Kept<T> {
  answer: T;
  expires: number;
}

/** Answers of another server, kept for some time; of those under way each is asked for once. */
export class AnswerCache<T> {
  readonly #lifetime: number;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept<T>>();
  readonly #underWay = new Map<string, Promise<{ answer: T } | undefined>>();

  /** @param lifetime in milliseconds */
  constructor(lifetime: number, now: () => number) {
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** @param ask resolves to undefined where there is no answer that could be kept */
  async get(key: string, ask: () => Promise<{ answer: T } | undefined>): Promise<T | undefined> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.expires > this.#now()) return kept.answer;
    const asked = this.#underWay.get(key) ?? this.#ask(key, ask);
    return (await asked)?.answer;
  }

  #ask(key: string, ask: () => Promise<{ answer: T } | undefined>): Promise<{ answer: T } | undefined> {
    const asked = ask()
      .then((found) => {
        if (found !== undefined) this.#keep(key, found.answer);
        return found;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  #keep(key: string, answer: T): void {
    this.#kept.delete(key);
    if (this.#kept.size >= mostAnswers) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(key, { answer, expires: this.#now() + this.#lifetime });
  }
}
