import { fhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import { parseReference, referenceTo } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import { visibleBody } from '../../interactions/presentation.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { ResourceStore, StoredVersion } from '../../store/contract.ts';
import { currentVersion, findVersion } from '../stored-version.ts';

/** Resources and searches that one query may take. */
const mostReads = 5000;

/** The resources that one query reads, as its caller may see them; each is read once. */
export class Resources {
  readonly #spine: Spine;
  readonly #store: ResourceStore;
  readonly #known = new Map<string, Promise<Resource | undefined>>();
  #count = 0;

  constructor(spine: Spine, store: ResourceStore) {
    this.#spine = spine;
    this.#store = store;
  }

  /** @throws FhirError 404 when the id was never used, 410 when the resource is deleted */
  async read(type: string, id: string): Promise<Resource> {
    return this.parsed(currentVersion(await this.#store.read(type, id), type, id));
  }

  /** @throws FhirError 400 beyond the number of resources that a query may read */
  parsed(version: StoredVersion): Resource {
    this.count();
    return parseJson(visibleBody(this.#spine, version)) as Resource;
  }

  /** Counts a resource or a search. */
  count(): void {
    this.#count += 1;
    if (this.#count <= mostReads) return;
    const diagnostics = `The query takes more than ${mostReads} resources and searches: ask for less at once`;
    throw fhirError(400, 'too-costly', diagnostics);
  }

  /** What a Reference of a resource points to, contained in it or on this server; undefined when nothing is there. */
  async target(reference: unknown, resource: Resource): Promise<Target | undefined> {
    const { reference: text } = reference as { reference?: unknown };
    if (typeof text !== 'string') return undefined;
    const parsed = parseReference(text, [this.#spine.baseUrl]);
    if (parsed?.kind === 'fragment') return contained(parsed.id, resource);
    if (parsed?.kind !== 'local' || !this.#spine.resourceTypes.has(parsed.type)) return undefined;
    const key = `${referenceTo(parsed)}/${parsed.version ?? ''}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = findVersion(this.#store, parsed).then((version) =>
        version === undefined || version.deleted ? undefined : this.parsed(version),
      );
      this.#known.set(key, found);
    }
    const target = await found;
    return target && { resource: target, isContained: false };
  }
}

/** What a Reference points to. */
export interface Target {
  resource: Resource;
  isContained: boolean;
}

/** `#` alone is the resource that contains the one at hand. */
function contained(id: string, resource: Resource): Target | undefined {
  if (id === '') return { resource, isContained: false };
  const all = resource['contained'];
  const found = Array.isArray(all) ? (all as Resource[]).find((each) => each.id === id) : undefined;
  return found && { resource: found, isContained: true };
}
