import type { Resource } from '../../fhir/resource.ts';
import { isObject } from '../objects.ts';

/** `[base]/[type]/[id]`, the form of a full URL that relative references are resolved against. */
const restful = /^(.*\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;
const versionOrFragment = /\/_history\/[^/#|]*(?:#.*)?$|#.*$/;
const relative = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}/;

/** The resources of a bundle by what references within it may say (bundle.html#references). */
export class BundleIndex {
  readonly #byFullUrl = new Map<string, Resource>();
  readonly #byTypeAndId = new Map<string, Resource>();
  #last: { fullUrl: string; base: string | undefined } = { fullUrl: '', base: undefined };
  readonly #fullUrls = new Map<Resource, string>();
  /** What the bundle is for. */
  readonly type: unknown;

  constructor(bundle: Resource) {
    this.type = bundle['type'];
    const entries = Array.isArray(bundle['entry']) ? (bundle['entry'] as unknown[]) : [];
    for (const entry of entries) {
      if (!isObject(entry) || !isObject(entry['resource'])) continue;
      const resource = entry['resource'] as Resource;
      const { fullUrl } = entry;
      if (typeof fullUrl === 'string') {
        this.#fullUrls.set(resource, fullUrl);
        if (!this.#byFullUrl.has(fullUrl)) this.#byFullUrl.set(fullUrl, resource);
      }
      const key = `${resource.resourceType}/${resource.id}`;
      if (resource.id !== undefined && !this.#byTypeAndId.has(key)) this.#byTypeAndId.set(key, resource);
    }
  }

  /** The entry that a reference in the entry of this full URL points to. */
  resource(reference: string, fullUrl: string | undefined): Resource | undefined {
    const direct = this.#byFullUrl.get(reference);
    if (direct !== undefined) return direct;
    const plain = versionOrFragment.test(reference) ? reference.replace(versionOrFragment, '') : reference;
    if (!relative.test(plain)) return this.#byFullUrl.get(plain);
    const base = fullUrl === undefined ? undefined : this.#baseOf(fullUrl);
    return (
      (base === undefined ? undefined : this.#byFullUrl.get(base + plain)) ?? this.#byTypeAndId.get(plain)
    );
  }

  /** The base of a full URL; the references of one resource come one after the other. */
  #baseOf(fullUrl: string): string | undefined {
    if (this.#last.fullUrl !== fullUrl) this.#last = { fullUrl, base: restful.exec(fullUrl)?.[1] };
    return this.#last.base;
  }

  /** The URL under which an entry has a resource. */
  fullUrlOf(resource: Resource): string | undefined {
    return this.#fullUrls.get(resource);
  }
}
