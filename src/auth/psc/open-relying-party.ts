import type { ExpiringStore } from '../../store/contract.ts';
import type { PscEvents, PscRelyingParty } from './relying-party.ts';
import type { PscSettings } from './settings.ts';

/** The relying party of these settings. The libraries of OpenID Connect are loaded at its first use. */
export function createRelyingParty(
  settings: PscSettings,
  expiring: ExpiringStore,
  events: PscEvents,
): PscRelyingParty {
  let loaded: Promise<PscRelyingParty> | undefined;
  const client = () => {
    loaded ??= import('./client.ts').then(({ createPscClient }) =>
      createPscClient(settings, expiring, events),
    );
    return loaded;
  };
  return {
    begin: async (login) => (await client()).begin(login),
    finish: async (callback, binding) => (await client()).finish(callback, binding),
    accessToken: async (session) => (await client()).accessToken(session),
    logout: async (session, state) => (await client()).logout(session, state),
    backChannelLogout: async (token) => (await client()).backChannelLogout(token),
  };
}
