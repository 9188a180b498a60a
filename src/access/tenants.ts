import { readFile } from 'node:fs/promises';
import { JsonCheck } from '../json-schema/json-check.ts';

/** A legal entity whose data is apart from that of all others. */
interface Tenant {
  /** Part of its address, and of every key of its data: it never changes. */
  id: string;
  /** Host names that are its own, as the Host header has them. */
  hosts?: readonly string[];
}

/** The tenants file. */
interface TenantsFile {
  tenants: readonly Tenant[];
}

/** The address of a tenant that a request came to. */
interface TenantPlace {
  tenant: string;
  /** Absolute URL without trailing slash; the FHIR base of the tenant is this with /fhir. */
  base: string;
  /** What follows in the URL of the request. */
  url: string;
}

/** The tenants of a server. */
export interface Tenants {
  ids: ReadonlySet<string>;
  /** `undefined` where the address names no tenant: it is then that of the token, or the default one. */
  placeOf(host: string | undefined, url: string): TenantPlace | undefined;
}

const check = new JsonCheck<TenantsFile>({
  type: 'object',
  additionalProperties: false,
  required: ['tenants'],
  properties: {
    tenants: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id'],
        properties: {
          id: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' },
          hosts: { type: 'array', items: { type: 'string', pattern: '^[a-z0-9.-]+(:[0-9]+)?$' } },
        },
      },
    },
  },
});

/**
 * Reads the tenants file.
 * @throws Error naming the file when it cannot be read, or what is wrong in it
 */
export async function readTenantsFile(path: string, origin: string): Promise<Tenants> {
  try {
    return createTenants(JSON.parse(await readFile(path, 'utf8')), origin);
  } catch (cause) {
    throw new Error(`TENANTS_FILE: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The tenants of a file.
 * @param origin public URL of the server without path
 * @throws Error when what it holds is malformed, or names a tenant or a host twice
 */
export function createTenants(content: unknown, origin: string): Tenants {
  if (!check.accepts(content)) throw new Error(check.problems);
  const ids = new Set<string>();
  const byHost = new Map<string, string>();
  for (const { id, hosts = [] } of content.tenants) {
    if (ids.has(id)) throw new Error(`the tenant ${id} is there twice`);
    ids.add(id);
    for (const host of hosts) {
      if (byHost.has(host)) throw new Error(`the host ${host} is there twice`);
      byHost.set(host, id);
    }
  }
  const { protocol } = new URL(origin);
  return {
    ids,
    placeOf(header, url) {
      const host = header?.toLowerCase();
      const ofHost = host === undefined ? undefined : byHost.get(host);
      const [, named, rest = ''] = /^\/t\/([a-z0-9-]+)((?:[/?].*)?)$/s.exec(url) ?? [];
      if (named === undefined) {
        return ofHost === undefined ? undefined : { tenant: ofHost, base: `${protocol}//${host}`, url };
      }
      if (!ids.has(named) || (ofHost !== undefined && ofHost !== named)) return undefined;
      const own = ofHost === undefined ? origin : `${protocol}//${host}`;
      return { tenant: named, base: `${own}/t/${named}`, url: rest === '' ? '/' : rest };
    },
  };
}
