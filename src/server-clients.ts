import { parseScope } from './access/scopes.ts';
import { type ClientRegistry, clientRegistry } from './auth/clients/registry.ts';
import { type Core, defaultTenant } from './server-core.ts';

/** The clients of the authorization server in the database of a core. */
export function openClients({ stores, settings }: Pick<Core, 'stores' | 'settings'>): ClientRegistry {
  return clientRegistry({
    stores,
    tenant: defaultTenant,
    jwksOrigins: settings.SMART_JWKS_ORIGINS,
    isScope: (text) => parseScope(text) !== undefined,
  });
}
