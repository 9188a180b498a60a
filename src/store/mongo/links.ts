import { fhirError } from '../../fhir/error.ts';
import type { Expression } from '../../search/expression.ts';
import { compile, type LookUps } from './compile.ts';
import { bothOf, type Criterion, criterion, withKeys } from './criterion.ts';
import type { CurrentDocument } from './documents.ts';
import { isNothing } from './filters.ts';
import type { Layout } from './layout.ts';
import { type Linking, linkingOf } from './linking.ts';
import { isNear } from './near.ts';
import type { Reads } from './reads.ts';
import { type SearchedType, type Sources, sourceFilter } from './source.ts';

/** What is read of linked resources: each look-up asks for what it needs. */
type Linked = Pick<CurrentDocument, 'id' | 'keys' | 'ranges'>;
type Projection = Partial<Record<keyof Linked, 1>>;

const everything: Expression = { kind: 'and', operands: [] };

/**
 * Looks up the resources that a search is linked to, in steps of bounded size instead of joins: those that match on the
 * other side or, where they are too many, those that few candidates of this side are linked to.
 */
export class Links {
  readonly #reads: Reads;
  readonly #layout: Layout;
  readonly #sources: Sources;
  readonly #most: number;

  /** @param most resources on the other side: their ids go into the search as a list */
  constructor(reads: Reads, layout: Layout, sources: Sources, most: number) {
    this.#reads = reads;
    this.#layout = layout;
    this.#sources = sources;
    this.#most = most;
  }

  /** @throws FhirError 400 `too-costly` from each look-up where both sides are too many */
  of(tenant: string): LookUps {
    return {
      chainKeys: async ({ type, parameter, expression, among, isCanonical }, targetType) => {
        const target = { tenant, type: targetType };
        const linking = linkingOf(parameter, targetType, isCanonical);
        const targets =
          (await this.#matches(target, expression, undefined, linking.targetFields)) ??
          (await this.#targetsAmong({ tenant, type }, among, linking, target, expression));
        return targets.flatMap((found) => linking.keysFor(found));
      },
      referred: async ({ type, parameter, expression, among, isCanonical }, sourceType) => {
        const source = { tenant, type: sourceType };
        const linking = linkingOf(parameter, type, isCanonical);
        const sources =
          (await this.#matches(source, expression, criterion(linking.refers), { keys: 1 })) ??
          (await this.#sourcesAmong({ tenant, type }, among, linking, source, expression));
        return linking.targetsOf(sources.flatMap(({ keys }) => keys));
      },
      nearIds: async (type, expression, filter) => {
        const searched = { tenant, type };
        const latitude = criterion(filter, [{ filter, index: 'range-low', inOrder: false }]);
        const found = await this.#matches(searched, everything, latitude, { id: 1, ranges: 1 });
        if (found === undefined) throw this.#tooCostly(type);
        return found.filter(({ ranges }) => isNear(ranges, expression)).map(({ id }) => id);
      },
    };
  }

  /** The targets of few resources that match. */
  async #targetsAmong(
    searched: SearchedType,
    among: Criterion,
    linking: Linking,
    target: SearchedType,
    expression: Expression,
  ): Promise<Linked[]> {
    const candidates = await this.#find(searched, among, { keys: 1 });
    const targets = candidates && linking.targetsOf(candidates.flatMap(({ keys }) => keys));
    const matches = targets && (await this.#matches(target, expression, targets, linking.targetFields));
    if (matches === undefined) throw this.#tooCostly(target.type);
    return matches;
  }

  /** The matches that point to few resources. */
  async #sourcesAmong(
    searched: SearchedType,
    among: Criterion,
    linking: Linking,
    source: SearchedType,
    expression: Expression,
  ): Promise<Linked[]> {
    const candidates = await this.#find(searched, among, linking.targetFields);
    const keys = candidates?.flatMap((found) => linking.keysFor(found));
    const matches = keys && (await this.#matches(source, expression, withKeys(keys), { keys: 1 }));
    if (matches === undefined) throw this.#tooCostly(source.type);
    return matches;
  }

  /** What matches the expression and a criterion besides; `undefined` when it is more than a search can go by. */
  async #matches(
    searched: SearchedType,
    expression: Expression,
    besides: Criterion | undefined,
    projection: Projection,
  ): Promise<Linked[] | undefined> {
    const { tenant, type } = searched;
    if ((await this.#layout.indexesOf(type)) === undefined) return [];
    const own = await compile(this.of(tenant), type, expression, besides);
    return this.#find(searched, besides === undefined ? own : bothOf([own, besides]), projection);
  }

  async #find(
    searched: SearchedType,
    sought: Criterion,
    projection: Projection,
  ): Promise<Linked[] | undefined> {
    if (isNothing(sought.filter)) return [];
    const source = await this.#sources.of(searched, sought, 'any');
    const found = await this.#reads.find<Linked>(searched.type, sourceFilter(source), {
      projection,
      hint: source.hint,
      limit: this.#most + 1,
    });
    return found.length <= this.#most ? found : undefined;
  }

  #tooCostly(type: string): Error {
    const diagnostics = `A criterion on linked resources goes over more than ${this.#most} of type ${type}: narrow it`;
    return fhirError(400, 'too-costly', diagnostics);
  }
}
