import { randomBytes, randomUUID } from 'node:crypto';
import { fhirError } from '../../fhir/error.ts';
import type { ResourceStores } from '../../store/contract.ts';
import { records } from '../records.ts';
import { nameOf } from '../sealed.ts';
import { type Client, type ClientRules, readClient } from './client.ts';

/** A client with the secret that was made for it, which is never shown again. */
export interface Credentials {
  client: PublicClient;
  client_secret?: string;
}

/** What may be shown of a client: all but the hash of its secret. */
export type PublicClient = Omit<Client, 'client_secret_hash'>;

/** The clients of the authorization server, kept in the database. */
export interface ClientRegistry {
  find(id: string): Promise<Client | undefined>;
  /** The clients of one tenant, or of all, in the order of their ids. */
  list(tenant?: string): Promise<PublicClient[]>;
  /**
   * @throws FhirError 400 when the metadata are wrong, 409 when the client_id is in use or ever was
   */
  register(metadata: unknown): Promise<Credentials>;
  /**
   * Gives a client a new secret; the old one ends at once.
   * @throws FhirError 404 when there is no such client, 422 when it has no secret
   */
  rotate(id: string): Promise<Credentials>;
  /**
   * Ends a client and its tokens; its client_id is never used again.
   * @throws FhirError 404 when there is no such client
   */
  revoke(id: string): Promise<void>;
}

export interface RegistryOptions extends ClientRules {
  stores: Pick<ResourceStores, 'forTenant'>;
  /** The tenant of clients that name none. */
  tenant: string;
}

/** Opens the registry of a database. */
export function clientRegistry({ stores, tenant: first, ...rules }: RegistryOptions): ClientRegistry {
  const clients = records<Client>(stores, 'clients');
  const existing = async (id: string) => {
    const found = await clients.read(id);
    if (found === undefined) throw fhirError(404, 'not-found', 'There is no client of this client_id');
    return found;
  };
  return {
    find: async (id) => (isClientId(id) ? (await clients.read(id))?.value : undefined),
    async list(tenant) {
      const found = (await clients.list()).map(({ value }) => withoutHash(value));
      const ofTenant = tenant === undefined ? found : found.filter((client) => client.tenant === tenant);
      return ofTenant.sort((a, b) => (a.client_id < b.client_id ? -1 : 1));
    },
    async register(metadata) {
      const given = readClient(metadata, rules);
      const client: Client = {
        ...given,
        client_id: given.client_id ?? randomUUID(),
        tenant: given.tenant ?? first,
        client_id_issued_at: Math.floor(Date.now() / 1000),
      };
      const credentials = withSecret(client);
      if (!(await clients.create(client.client_id, credentials.stored)))
        throw fhirError(409, 'duplicate', 'This client_id is in use, or was', 'client_id');
      return credentials.shown;
    },
    async rotate(id) {
      const found = await existing(id);
      if (found.value.client_secret_hash === undefined)
        throw fhirError(422, 'business-rule', 'This client has no secret: it has a key, or none');
      const credentials = withSecret(found.value);
      if (!(await clients.replace(found, credentials.stored))) throw changed();
      return credentials.shown;
    },
    async revoke(id) {
      if (!(await clients.remove(await existing(id)))) throw changed();
    },
  };
}

/** What is kept, and what is shown once. */
function withSecret(client: Client): { stored: Client; shown: Credentials } {
  if (!client.token_endpoint_auth_method.startsWith('client_secret_'))
    return { stored: client, shown: { client: withoutHash(client) } };
  // Letters that need no encoding: several clients send it unencoded in the Basic header.
  const secret = randomBytes(32).toString('base64url');
  return {
    stored: { ...client, client_secret_hash: nameOf(secret) },
    shown: { client: withoutHash(client), client_secret: secret },
  };
}

function withoutHash({ client_secret_hash: _, ...client }: Client): PublicClient {
  return client;
}

function isClientId(text: string): boolean {
  return /^[A-Za-z0-9.-]{1,64}$/.test(text);
}

function changed() {
  return fhirError(409, 'conflict', 'The client was changed at the same time: ask again');
}
