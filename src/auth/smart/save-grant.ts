import type { Interaction } from 'oidc-provider';
import { namedScopes } from '../../access/scopes.ts';
import type { Client } from '../clients/client.ts';
import type { Account } from '../sessions/accounts.ts';
import type { GrantContext } from './grant-context.ts';
import type { InteractionParts } from './interaction-parts.ts';
import { offlineLifetime, sessionLifetime } from './profile.ts';

interface Granted {
  account: Account;
  client: Client;
  interaction: Interaction;
  granted: readonly string[];
  context: GrantContext;
}

/**
 * Keeps what the user allowed, with the context that the app gets: a grant of its own for each launch.
 * @returns the id of the grant
 */
export async function saveGrant(
  { provider, contexts, fhirBase }: Pick<InteractionParts, 'provider' | 'contexts' | 'fhirBase'>,
  { account, client, interaction, granted, context }: Granted,
): Promise<string> {
  const grant = new provider.Grant({ accountId: account.id, clientId: client.client_id });
  const lifetime = granted.includes('offline_access') ? offlineLifetime : sessionLifetime;
  grant.exp = Math.floor(Date.now() / 1000) + lifetime;
  const isStatic = new Set<string>(namedScopes);
  const requested = String(interaction.params['scope'] ?? '').split(' ');
  const refused = requested.filter((scope) => !granted.includes(scope));
  // In both places: token responses name the scopes of the resource server alone.
  grant.addOIDCScope(granted.filter((scope) => isStatic.has(scope)).join(' '));
  grant.addResourceScope(fhirBase, granted.join(' '));
  // What is neither granted nor refused would be asked for again.
  grant.rejectOIDCScope(refused.filter((scope) => isStatic.has(scope)).join(' '));
  grant.rejectResourceScope(fhirBase, refused.join(' '));
  const grantId = await grant.save();
  await contexts.save(grantId, context, lifetime * 1000);
  return grantId;
}
