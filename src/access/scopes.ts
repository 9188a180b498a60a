/** Whose data a scope is about: those of the patient in context, those that the user may see, those of a back end. */
export type ScopeLevel = 'patient' | 'user' | 'system';

/** The permissions of SMART App Launch 2: create, read, update, delete, search, in the order in which they are written. */
export const permissions = ['c', 'r', 'u', 'd', 's'] as const;

export type Permission = (typeof permissions)[number];

/** A scope on clinical data (SMART App Launch 2.2, scopes-and-launch-context.html). */
export interface ResourceScope {
  kind: 'resource';
  level: ScopeLevel;
  /** A resource type, or `*` for all. */
  type: string;
  permissions: ReadonlySet<Permission>;
  /** The search parameters that narrow it, all of which must match; a value may hold several, separated by commas. */
  query: readonly (readonly [name: string, value: string])[];
  /** As it was written. */
  text: string;
}

/** The scopes that name no clinical data. */
export const namedScopes = [
  'openid',
  'fhirUser',
  'profile',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
  'online_access',
] as const;

/** A scope on identity, launch context or lifetime. */
export interface NamedScope {
  kind: 'named';
  name: (typeof namedScopes)[number];
  text: string;
}

export type SmartScope = ResourceScope | NamedScope;

/**
 * Reads one scope of SMART App Launch 1 (`patient/Observation.read`, `.write`, `.*`) or 2 (`patient/Observation.rs`,
 * with `?` and search parameters). Whether the type and the parameters exist is not checked here.
 * @returns `undefined` on what is no SMART scope: it grants nothing
 */
export function parseScope(text: string): SmartScope | undefined {
  const name = namedScopes.find((each) => each === text);
  if (name !== undefined) return { kind: 'named', name, text };
  const match = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.(\*|read|write|[cruds]+)(?:\?(.+))?$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, level, type = '', letters = '', query] = match;
  const granted = readPermissions(letters);
  const parameters = query === undefined ? [] : readQuery(query);
  // Version 1 has no search parameters.
  const isMixed = query !== undefined && (letters in versionOne || parameters === undefined);
  if (granted === undefined || parameters === undefined || isMixed) return undefined;
  return {
    kind: 'resource',
    level: level as ScopeLevel,
    type,
    permissions: granted,
    query: parameters,
    text,
  };
}

/**
 * Reads the scopes of a token, separated by spaces.
 * @returns those that are SMART scopes, each once; what is none grants nothing and is left out
 */
export function parseScopes(text: string): SmartScope[] {
  const texts = new Set(text.split(' ').filter((each) => each !== ''));
  return [...texts].flatMap((each) => parseScope(each) ?? []);
}

/** A scope on clinical data as it is written in version 2, its permissions in order. */
export function scopeText({
  level,
  type,
  permissions: granted,
  query,
}: Pick<ResourceScope, 'level' | 'type' | 'permissions' | 'query'>): string {
  const letters = permissions.filter((each) => granted.has(each)).join('');
  const parameters = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  return `${level}/${type}.${letters}${parameters === '' ? '' : `?${parameters}`}`;
}

/** The permissions of version 1 and what they mean in version 2 (scopes-and-launch-context.html). */
const versionOne: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Version 2 takes each letter once, in the order of the word `cruds`. */
function readPermissions(letters: string): ReadonlySet<Permission> | undefined {
  const written = versionOne[letters] ?? letters;
  const found = permissions.filter((each) => written.includes(each));
  return found.join('') === written ? new Set(found) : undefined;
}

/** Percent encoded as in a URL; a plus sign is a space, as a scope cannot hold one. */
function readQuery(text: string): [string, string][] | undefined {
  const parameters = [...new URLSearchParams(text)];
  const isWhole = parameters.every(([name, value]) => name !== '' && value !== '');
  return parameters.length > 0 && isWhole ? parameters : undefined;
}

/** What must not stand in a scope (RFC 6749 3.3) or would end a parameter; the rest stays readable. */
function encode(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~:/|,$!*'();@?]/gu, encodeURIComponent);
}
