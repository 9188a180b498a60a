import type { Request, Response } from 'express';
import { randomNonce, type TokenEndpointResponse, type TokenEndpointResponseHelpers } from 'openid-client';
import { Strategy } from 'openid-client/passport';
import passport from 'passport';
import type { PscConnection } from './connection.ts';
import type { Assurance, PscSettings } from './settings.ts';

/** What a login keeps between the redirection and the callback. */
export interface PendingLogin {
  state: string;
  nonce: string;
  code_verifier: string;
  max_age?: number;
}

export interface AuthorizationOptions {
  prompt?: 'login';
  maxAge?: number;
  loginHint?: string;
  leastAssurance: Assurance;
}

export type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** Where the strategy keeps the pending login of its one interaction. */
const sessionKey = 'psc';

/**
 * The strategy of one interaction: the library keeps one pending login a session, so that two logins of one browser
 * would take each other's place. State, nonce and level are ours, for it sends none where PKCE is announced.
 */
class PscStrategy extends Strategy {
  readonly #parameters: Readonly<Record<string, string>>;

  constructor(
    { configuration }: PscConnection,
    redirectUri: string,
    parameters: Readonly<Record<string, string>>,
  ) {
    super({ name: 'psc', sessionKey, config: configuration, callbackURL: redirectUri }, (tokens, verified) =>
      verified(null, tokens),
    );
    this.#parameters = parameters;
  }

  override authorizationRequestParams(): Record<string, string> {
    return { ...this.#parameters };
  }

  override currentUrl({ url }: Pick<Request, 'url'>): URL {
    return new URL(url);
  }
}

/** Where to send the browser, and what to keep until it comes back. */
export async function authorizationUrl(
  connection: PscConnection,
  { scope, identityProvider }: PscSettings,
  redirectUri: string,
  options: AuthorizationOptions,
): Promise<{ url: URL; pending: PendingLogin }> {
  const { prompt, maxAge, loginHint, leastAssurance } = options;
  const strategy = new PscStrategy(connection, redirectUri, {
    scope,
    state: randomNonce(),
    nonce: randomNonce(),
    acr_values: `eidas${leastAssurance}`,
    ...(identityProvider === undefined ? {} : { kc_idp_hint: identityProvider }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
  });
  const { session, redirection } = await run(strategy, redirectUri, {});
  return { url: new URL(redirection!), pending: session[sessionKey]! };
}

/**
 * Exchanges the code of a callback for tokens, after the checks of state, `iss`, nonce, algorithm and claims.
 * @throws Error of openid-client on a refusal or a failed check; `undefined` when the professional said no
 */
export async function tokensOf(
  connection: PscConnection,
  redirectUri: string,
  callback: URL,
  pending: PendingLogin,
): Promise<Tokens | undefined> {
  const strategy = new PscStrategy(connection, redirectUri, {});
  const { tokens } = await run(strategy, callback.href, { [sessionKey]: pending });
  return tokens;
}

interface Run {
  session: Record<string, PendingLogin>;
  redirection?: string;
  tokens?: Tokens;
}

/** Runs a strategy as Passport does, with the few members of a request and of a response that it touches. */
function run(strategy: PscStrategy, url: string, session: Record<string, PendingLogin>): Promise<Run> {
  return new Promise((resolve, reject) => {
    let location = '';
    const response = {
      statusCode: 200,
      setHeader(name: string, value: string) {
        if (name === 'Location') location = value;
      },
      end: () => resolve({ session, redirection: location }),
    };
    const authenticate = passport.authenticate(
      strategy,
      { session: false },
      (error: unknown, user: Tokens | false | null | undefined) => {
        if (error) return reject(error);
        resolve(user ? { session, tokens: user } : { session });
      },
    );
    authenticate(
      { method: 'GET', url, session } as unknown as Request,
      response as unknown as Response,
      reject,
    );
  });
}
