import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { ExpiringStore } from '../../store/contract.ts';
import type { Client } from '../clients/client.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { nameOf, seal, unseal } from '../sealed.ts';

/** Seconds that a value is kept past its end, so that the clock tolerance of the library finds it. */
const leeway = 30;

/** What is used once: its use is noted beside it, because its second use must be told from an unknown one. */
const consumable = new Set(['AuthorizationCode', 'RefreshToken']);

/**
 * Storage of oidc-provider over expiring values: each under the hash of its id and encrypted with the id, so that it
 * works between servers of one database and a copy of the database gives no token away. Clients are those of the registry.
 */
export function oidcAdapter(
  expiring: ExpiringStore,
  clients: Pick<ClientRegistry, 'find'>,
): (model: string) => Adapter {
  return (model) => (model === 'Client' ? new ClientAdapter(clients) : new ExpiringAdapter(expiring, model));
}

class ExpiringAdapter implements Adapter {
  readonly #expiring: ExpiringStore;
  readonly #model: string;

  constructor(expiring: ExpiringStore, model: string) {
    this.#expiring = expiring;
    this.#model = model;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const ttl = (expiresIn + leeway) * 1000;
    const value = seal(id, JSON.stringify(payload));
    if (this.#model === 'ReplayDetection') {
      // The library looks first and saves then: of two servers that do so at once one is refused here.
      if (!(await this.#expiring.putIfAbsent(this.#key(id), value, ttl)))
        throw new errors.InvalidClientAuth('it was used before');
      return;
    }
    await this.#expiring.put(this.#key(id), value, ttl, payload.grantId && this.#group(payload.grantId));
    if (payload.uid !== undefined)
      await this.#expiring.put(this.#uidKey(payload.uid), seal(payload.uid, id), ttl);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const [value, consumed] = await Promise.all([
      this.#expiring.get(this.#key(id)),
      consumable.has(this.#model) ? this.#expiring.get(this.#consumedKey(id)) : undefined,
    ]);
    if (value === undefined) return undefined;
    const payload = JSON.parse(unseal(id, value)) as AdapterPayload;
    return consumed === undefined ? payload : { ...payload, consumed: Number(consumed) };
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const id = await this.#expiring.get(this.#uidKey(uid));
    return id === undefined ? undefined : this.find(unseal(uid, id));
  }

  /** The device flow is off: no value has a user code. */
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  /** @throws InvalidGrant when another call, on any server, was first */
  async consume(id: string): Promise<void> {
    const payload = await this.find(id);
    const now = Math.floor(Date.now() / 1000);
    const ttl = ((payload?.exp ?? now) - now + leeway) * 1000;
    const isFirst =
      payload !== undefined &&
      (await this.#expiring.putIfAbsent(this.#consumedKey(id), String(now), Math.max(ttl, leeway * 1000)));
    if (!isFirst) throw new errors.InvalidGrant('it was used before');
  }

  async destroy(id: string): Promise<void> {
    await this.#expiring.take(this.#key(id));
  }

  revokeByGrantId(grantId: string): Promise<void> {
    return this.#expiring.deleteByGroup(this.#group(grantId));
  }

  #key(id: string): string {
    return `oauth ${this.#model} ${nameOf(id)}`;
  }

  #consumedKey(id: string): string {
    return `oauth consumed ${this.#model} ${nameOf(id)}`;
  }

  #uidKey(uid: string): string {
    return `oauth uid ${this.#model} ${nameOf(uid)}`;
  }

  #group(grantId: string): string {
    return `oauth grant ${this.#model} ${nameOf(grantId)}`;
  }
}

/** The library reads clients here; the registry alone writes them. */
class ClientAdapter implements Adapter {
  readonly #clients: Pick<ClientRegistry, 'find'>;

  constructor(clients: Pick<ClientRegistry, 'find'>) {
    this.#clients = clients;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const client = await this.#clients.find(id);
    return client && (providerMetadata(client) as unknown as AdapterPayload);
  }

  async upsert(): Promise<void> {
    throw new Error('Clients are registered in their registry');
  }

  findByUid = nothing;
  findByUserCode = nothing;
  consume = nothing;
  destroy = nothing;
  revokeByGrantId = nothing;
}

async function nothing(): Promise<undefined> {
  return undefined;
}

/** Metadata that oidc-provider does not know and hands on unread. */
export const extraMetadata = ['smart_scope', 'tenant', 'launch_uri', 'introspection'] as const;

/** A client as oidc-provider takes it: scopes are ours to check, and its secret is the hash of the secret. */
function providerMetadata(client: Client): Record<string, unknown> {
  const usesCode = client.grant_types.includes('authorization_code');
  const { scope, client_secret_hash, launch_host: _host, client_id_issued_at: _issued, ...metadata } = client;
  return {
    ...metadata,
    smart_scope: scope,
    redirect_uris: client.redirect_uris ?? [],
    response_types: usesCode ? ['code'] : [],
    ...(client_secret_hash === undefined ? {} : { client_secret: client_secret_hash }),
  };
}
