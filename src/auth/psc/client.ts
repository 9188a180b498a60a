import { timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildEndSessionUrl, refreshTokenGrant } from 'openid-client';
import { fhirError } from '../../fhir/error.ts';
import type { ExpiringStore } from '../../store/contract.ts';
import { nameOf, seal, unseal } from '../sealed.ts';
import { authenticated } from './authenticated.ts';
import { pscConnections } from './connection.ts';
import { type KeptSession, keptSessions, refreshedSession, sessionOf } from './kept-session.ts';
import { loggedOutGroup } from './logout-token.ts';
import { refusalOf } from './refusal.ts';
import type { PscAccess, PscEvents, PscLogin, PscLoginResult, PscRelyingParty } from './relying-party.ts';
import type { Assurance, PscSettings } from './settings.ts';
import { authorizationUrl, type PendingLogin, tokensOf } from './strategy.ts';

interface KeptLogin {
  pending: PendingLogin;
  returnTo: string;
  tenant: string;
  redirectUri: string;
  least: Assurance;
  /** Digest of the binding. */
  browser: string;
}

/** Milliseconds before its end at which an access token is refreshed, and that a refresh elsewhere may take. */
const refreshAhead = 10_000;
const refreshLease = 15_000;
const refreshPoll = 200;

/** The relying party over the libraries of OpenID Connect; see `PscRelyingParty`. */
export function createPscClient(
  settings: PscSettings,
  expiring: ExpiringStore,
  events: PscEvents,
): PscRelyingParty {
  const connection = pscConnections(settings);
  const sessions = keptSessions(expiring);
  const refreshes = new Map<string, Promise<PscAccess>>();

  async function begin(login: PscLogin): Promise<URL> {
    const redirectUri = login.redirectUri ?? settings.redirectUris[0]!;
    if (!settings.redirectUris.includes(redirectUri)) {
      throw fhirError(400, 'value', 'This redirect URI is none of those of this server', 'redirect_uri');
    }
    const least = Math.max(settings.leastAssurance, login.leastAssurance ?? 1) as Assurance;
    const options = { ...login, leastAssurance: least };
    const { url, pending } = await authorizationUrl(await open(), settings, redirectUri, options);
    const { returnTo, tenant } = login;
    const kept: KeptLogin = { pending, returnTo, tenant, redirectUri, least, browser: nameOf(login.binding) };
    const { state } = pending;
    await expiring.put(loginKey(state), seal(state, JSON.stringify(kept)), settings.limits.loginMs);
    return url;
  }

  async function open() {
    try {
      return await connection();
    } catch (error) {
      events.onFailure(error);
      throw fhirError(503, 'transient', 'Pro Santé Connect is not available', undefined, {
        'Retry-After': '30',
      });
    }
  }

  async function finish(callback: URL, binding: string): Promise<PscLoginResult> {
    const login = await takeLogin(callback, binding);
    if (login === undefined) return { outcome: 'refused', reason: 'state' };
    const { pending, returnTo, tenant, redirectUri, least } = login;
    try {
      const opened = await connection();
      const tokens = await tokensOf(opened, redirectUri, callback, pending);
      if (tokens === undefined) return { outcome: 'refused', reason: 'denied', returnTo };
      const found = await authenticated(opened, tokens, least, events.onUnknownAssurance);
      const kept = sessionOf(tokens, found.issuer, found.subject);
      const session = await sessions.add(kept);
      const identity = { ...found, session, sessionGroup: kept.group, sessionEndsAt: kept.endsAt };
      return { outcome: 'identified', returnTo, tenant, identity };
    } catch (error) {
      const reason = refusalOf(error);
      if (reason !== 'denied' && reason !== 'login-required') events.onFailure(error);
      return { outcome: 'refused', reason, returnTo };
    }
  }

  async function takeLogin(callback: URL, binding: string): Promise<KeptLogin | undefined> {
    const states = callback.searchParams.getAll('state');
    const [state] = states;
    if (state === undefined || states.length > 1) return undefined;
    const sealed = await expiring.take(loginKey(state));
    if (sealed === undefined) return undefined;
    const login = JSON.parse(unseal(state, sealed)) as KeptLogin;
    const isSameBrowser = timingSafeEqual(Buffer.from(login.browser), Buffer.from(nameOf(binding)));
    return isSameBrowser ? login : undefined;
  }

  /** Concurrent callers of this process share one refresh; those of others wait for it. */
  function accessToken(session: string): Promise<PscAccess> {
    let running = refreshes.get(session);
    if (running === undefined) {
      running = liveToken(session).finally(() => refreshes.delete(session));
      refreshes.set(session, running);
    }
    return running;
  }

  async function liveToken(session: string): Promise<PscAccess> {
    const lease = `psc refresh ${nameOf(session)}`;
    const until = Date.now() + refreshLease;
    for (;;) {
      const kept = await sessions.find(session);
      if (kept === undefined) return { outcome: 'ended' };
      if (Date.now() < kept.accessTokenEndsAt - refreshAhead) {
        return { outcome: 'live', token: kept.accessToken };
      }
      if (kept.refreshToken === undefined) return { outcome: 'ended' };
      if (await expiring.putIfAbsent(lease, '1', refreshLease)) {
        try {
          return await refresh(session, kept, kept.refreshToken);
        } finally {
          await expiring.take(lease);
        }
      }
      if (Date.now() > until) return { outcome: 'unavailable' };
      await sleep(refreshPoll);
    }
  }

  async function refresh(session: string, kept: KeptSession, refreshToken: string): Promise<PscAccess> {
    try {
      const { configuration } = await connection();
      const tokens = await refreshTokenGrant(configuration, refreshToken);
      const claims = tokens.claims();
      if (claims !== undefined && claims.sub !== kept.subject) throw new Error('The subject has changed');
      await sessions.replace(session, refreshedSession(kept, tokens));
      return { outcome: 'live', token: tokens.access_token };
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === 'unavailable') return { outcome: 'unavailable' };
      if (reason !== 'token') events.onFailure(error);
      await sessions.forget(session);
      return { outcome: 'ended' };
    }
  }

  async function logout(session: string, state: string): Promise<URL | undefined> {
    const kept = await sessions.find(session);
    if (kept === undefined) return undefined;
    await expiring.deleteByGroup(kept.group);
    try {
      const { configuration } = await connection();
      const { postLogoutRedirectUri } = settings;
      return buildEndSessionUrl(configuration, {
        id_token_hint: kept.idToken,
        ...(postLogoutRedirectUri === undefined
          ? {}
          : { post_logout_redirect_uri: postLogoutRedirectUri, state }),
      });
    } catch (error) {
      events.onFailure(error);
      return undefined;
    }
  }

  async function backChannelLogout(logoutToken: string): Promise<boolean> {
    const group = await loggedOutGroup(await open(), expiring, logoutToken);
    if (group === undefined) return false;
    await expiring.deleteByGroup(group);
    return true;
  }

  return { begin, finish, accessToken, logout, backChannelLogout };
}

function loginKey(state: string): string {
  return `psc login ${nameOf(state)}`;
}
