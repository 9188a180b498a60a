import { containedId, containedType } from '../../search/contained.ts';
import type { IndexValues } from '../../search/index-values.ts';
import type { ContainedResource } from '../contract.ts';
import type {
  IndexedParameter,
  IndexedParameters,
  Indexer,
  Indexing,
  ReindexOptions,
  ReindexResult,
  VersionName,
} from '../indexing.ts';
import type { Shield } from './shield.ts';

/** The search parameters of an encrypted database: values are taken of bodies in clear, and hidden in the index. */
export class EncryptedIndexing implements Indexing {
  readonly #indexing: Indexing;
  readonly #shield: Shield;

  constructor(indexing: Indexing, shield: Shield) {
    this.#indexing = indexing;
    this.#shield = shield;
  }

  parameters(): IndexedParameters {
    return this.#indexing.parameters();
  }

  replaceParameters(expected: number, parameters: readonly IndexedParameter[]): Promise<boolean> {
    return this.#indexing.replaceParameters(expected, parameters);
  }

  async reindex(
    extract: (type: string, body: string, name: VersionName) => IndexValues,
    options: ReindexOptions = {},
  ): Promise<ReindexResult> {
    const { fingerprint, containedOf, ...others } = options;
    await this.#shield.noted();
    return this.#indexing.reindex(
      (type, body, name) => this.#shield.index(extract(type, this.#opened(name, body), name)),
      {
        ...others,
        // A run that indexed in clear is no part of one that hashes.
        fingerprint: `${fingerprint ?? ''} ${this.#shield.fingerprint}`,
        ...(containedOf === undefined
          ? {}
          : {
              containedOf: (body, name) =>
                containedOf(this.#opened(name, body), name).map((one) => this.#sealed(name, one)),
            }),
      },
    );
  }

  attach(indexer: Indexer): void {
    this.#indexing.attach({
      refresh: () => indexer.refresh(),
      extract: (sealed) => this.#shield.index(indexer.extract(this.#shield.underWay(sealed))),
      committed: (tenant, types) => indexer.committed(tenant, types),
    });
  }

  #opened(name: VersionName, body: string): string {
    return this.#shield.cipher.open(name, Buffer.from(body)).toString();
  }

  #sealed(container: VersionName, one: ContainedResource): ContainedResource {
    const name = { ...container, type: containedType(one.type), id: containedId(container, one.id) };
    return {
      ...one,
      body: this.#shield.cipher.seal(name, one.body),
      index: this.#shield.index(one.index),
    };
  }
}
