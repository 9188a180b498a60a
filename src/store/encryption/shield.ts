import type { Expression } from '../../search/expression.ts';
import type { IndexValues } from '../../search/index-values.ts';
import type { VersionName } from '../indexing.ts';
import { BodyCipher, UnreadableBody } from './body-cipher.ts';
import { isSealed } from './envelope.ts';
import { KeyedNames } from './keyed-names.ts';
import type { EncryptionKeys } from './keys.ts';
import { protectedIndex } from './protected-index.ts';
import { protectedSearch } from './protected-search.ts';

export interface ShieldOptions {
  keys: EncryptionKeys;
  /** The systems of the identifiers that are hashed. */
  systems: readonly string[];
  /** Resources may still be stored and indexed in clear. */
  isMixed: boolean;
  /** Notes in the database that it is encrypted, before anything of it is. */
  note: () => Promise<void>;
}

/** What stands between a database and its callers: all that is written goes through it, and all that is read. */
export class Shield {
  readonly cipher: BodyCipher;
  readonly names: KeyedNames;
  readonly #systems: ReadonlySet<string>;
  readonly #isMixed: boolean;
  readonly #note: () => Promise<void>;
  /** Sealed bodies of commits under way, with what is in them. */
  readonly #underWay = new Set<ReadonlyMap<string, string>>();
  #noted: Promise<void> | undefined;

  constructor({ keys, systems, isMixed, note }: ShieldOptions) {
    this.cipher = new BodyCipher(keys);
    this.names = new KeyedNames(keys.hash);
    this.#systems = new Set(systems);
    this.#isMixed = isMixed;
    this.#note = note;
  }

  /** Changes with the keys and with the systems whose identifiers are hashed. */
  get fingerprint(): string {
    return [this.names.fingerprint, this.cipher.activeKey, ...this.#systems].join(' ');
  }

  index(values: IndexValues): IndexValues {
    return protectedIndex(values, this.#systems, this.names);
  }

  /** @throws FhirError 400 for words of texts */
  search(expression: Expression): Expression {
    return protectedSearch(expression, {
      systems: this.#systems,
      names: this.names,
      isMixed: this.#isMixed,
    });
  }

  /**
   * The body of a version that a caller reads.
   * @throws UnreadableBody when it was changed, its key is missing, or it is in clear where none is
   */
  opened(name: VersionName, body: Buffer): Buffer {
    if (!this.#isMixed && body.length > 0 && !isSealed(body))
      throw new UnreadableBody(name, 'is in clear in a database whose bodies are encrypted');
    return this.cipher.open(name, body);
  }

  /** Resolves when the database is known to be encrypted, so that no program opens it without keys. */
  noted(): Promise<void> {
    this.#noted ??= this.#note().catch((error) => {
      this.#noted = undefined;
      throw error;
    });
    return this.#noted;
  }

  /** Runs a commit whose bodies may have to be indexed anew, which needs them in clear. */
  async committing<T>(bodies: ReadonlyMap<string, string>, commit: () => Promise<T>): Promise<T> {
    this.#underWay.add(bodies);
    try {
      return await commit();
    } finally {
      this.#underWay.delete(bodies);
    }
  }

  /**
   * The body behind a sealed one of a commit under way.
   * @throws Error when there is no such commit
   */
  underWay(sealed: string): string {
    for (const bodies of this.#underWay) {
      const body = bodies.get(sealed);
      if (body !== undefined) return body;
    }
    throw new Error('A body that is to be indexed is of no commit under way');
  }
}
