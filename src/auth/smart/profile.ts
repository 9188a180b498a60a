import type { ClientCredentials, KoaContextWithOIDC, RefreshToken } from 'oidc-provider';

const hour = 3_600;
const day = 24 * hour;

/** Seconds that an app may refresh its tokens without a login. */
export const offlineLifetime = 90 * day;

/** Seconds that a login lasts at most, as at Pro Santé Connect. */
export const sessionLifetime = 4 * hour;

/** Seconds, by kind of token. A chain of refresh tokens ends when its first one would have. */
export const lifetimes = {
  AccessToken: 300,
  ClientCredentials: (_ctx: KoaContextWithOIDC, _token: ClientCredentials) => 300,
  AuthorizationCode: 60,
  IdToken: 300,
  Interaction: 900,
  Session: sessionLifetime,
  Grant: offlineLifetime,
  RefreshToken: (ctx: KoaContextWithOIDC, token: RefreshToken): number =>
    ctx?.oidc.entities.RotatedRefreshToken?.remainingTTL ??
    (token.scopes.has('offline_access') ? offlineLifetime : sessionLifetime),
};
