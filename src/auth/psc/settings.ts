/** How this server is known to Pro Santé Connect, and where that is. */
export interface PscSettings {
  /** As it stands in tokens; what discovery says is compared with it. */
  issuer: string;
  /** Where the metadata are: not at the standard path below the issuer. */
  discoveryUrl: string;
  /** Take the place of what discovery says; with the first four of them there is no discovery. */
  endpoints: PscEndpoints;
  clientId: string;
  /** How the client authenticates. */
  authentication:
    | {
        method: 'client_secret_post' | 'client_secret_basic';
        /** The current secret, and the next one while it is being replaced. */
        secrets: readonly string[];
      }
    | { method: 'tls_client_auth' };
  /** The client certificate of mutual TLS, and the authorities that Pro Santé Connect must chain to. */
  tls?: { certificate?: Buffer; key?: Buffer; certificateAuthorities?: Buffer };
  scope: string;
  /** `kc_idp_hint`: the identity provider of the establishment that Pro Santé Connect delegates to. */
  identityProvider?: string;
  /** The least eIDAS level; what a token without one is taken for is 1. */
  leastAssurance: Assurance;
  /** Where the browser may come back to, exactly as registered; the first is taken unless another is asked for. */
  redirectUris: readonly string[];
  postLogoutRedirectUri?: string;
  limits: PscLimits;
}

/** 1, 2 or 3 of eidas1 to eidas3. */
export type Assurance = 1 | 2 | 3;

export interface PscEndpoints {
  authorization?: string;
  token?: string;
  userInfo?: string;
  keys?: string;
  endSession?: string;
  introspection?: string;
}

export interface PscLimits {
  /** Milliseconds that one call may take. */
  timeoutMs: number;
  /** Milliseconds between two readings of the keys because of one that is not known. */
  keysCooldownMs: number;
  /** Milliseconds that a login may take, from the redirection to the callback. */
  loginMs: number;
}

/** The issuers of the ANS: that of the sandbox (BAS) and that of production. */
export const pscIssuers = {
  bas: 'https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet',
  production: 'https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet',
} as const;

/** The metadata of an issuer of Pro Santé Connect. */
export function discoveryUrlOf(issuer: string): string {
  return `${issuer}/.well-known/wallet-openid-configuration`;
}
