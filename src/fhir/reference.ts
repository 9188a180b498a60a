/** What a reference text points to (references.html). */
export type ParsedReference =
  | { kind: 'local'; type: string; id: string; version?: string }
  | { kind: 'absolute'; url: string }
  | { kind: 'fragment'; id: string }
  | { kind: 'urn'; urn: string };

/** The lexical form of a resource id (datatypes.html#id). */
const ID = /^[A-Za-z0-9\-.]{1,64}$/;

const LOCAL = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const TYPE_AT_END = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

export function isId(text: string): boolean {
  return ID.test(text);
}

/**
 * Reads `Reference.reference`, a canonical or a search value. Absolute URLs below one of `baseUrls` (without
 * trailing slash) are local. `undefined` when the text is none of the forms.
 */
export function parseReference(text: string, baseUrls: readonly string[]): ParsedReference | undefined {
  if (text.startsWith('#')) {
    return { kind: 'fragment', id: text.slice(1) };
  }
  const relative = relativeTo(text, baseUrls);
  const local = LOCAL.exec(relative);
  if (local !== null) {
    const [, type = '', id = '', version] = local;
    return { kind: 'local', type, id, ...(version === undefined ? {} : { version }) };
  }
  if (!ABSOLUTE.test(text)) {
    return undefined;
  }
  return /^urn:/i.test(text) ? { kind: 'urn', urn: text } : { kind: 'absolute', url: text };
}

/** The relative reference to a resource, `Type/id`. */
export function referenceTo({ type, id }: { type: string; id: string }): string {
  return `${type}/${id}`;
}

/** The resource type that a relative or absolute RESTful reference names, `undefined` when it names none. */
export function referencedType(text: string): string | undefined {
  return TYPE_AT_END.exec(text)?.[1];
}

/** Whether a reference is a search, `[type]?[search]`, which a transaction resolves before it is stored (http.html#trules). */
export function isConditionalReference(text: string): boolean {
  return /^[A-Z][A-Za-z]+\?/.test(text);
}

function relativeTo(text: string, baseUrls: readonly string[]): string {
  const base = baseUrls.find((url) => text.startsWith(url) && text[url.length] === '/');
  return base === undefined ? text : text.slice(base.length + 1);
}

/** A canonical URL without the `|version` that it may end in. */
export function withoutVersion(canonical: string): string {
  return canonical.replace(/\|.*$/s, '');
}
