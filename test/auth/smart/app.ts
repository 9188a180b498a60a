import { createHash, randomBytes } from 'node:crypto';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import type { SmartTestServer } from './smart-server.ts';
import { type Shown, Visitor } from './visitor.ts';

export const redirectUri = 'http://localhost:4999/app/index.html';
export const launchUri = 'http://localhost:4999/app/launch.html';

/** Metadata of a public app that may ask for all that concerns one patient. */
export const publicApp = {
  client_id: 'public-app',
  client_name: 'Growth <chart>',
  redirect_uris: [redirectUri],
  launch_uri: launchUri,
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  scope:
    'openid fhirUser launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.rs',
};

export const confidentialApp = {
  ...publicApp,
  client_id: 'confidential-app',
  token_endpoint_auth_method: 'client_secret_basic',
};

export interface Authorization {
  client_id: string;
  scope: string;
  [parameter: string]: string;
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** An app that asks for authorization; what it is given is in the answer of the token endpoint. */
export class App {
  readonly server: Pick<SmartTestServer, 'origin' | 'fhir'>;
  readonly visitor: Visitor;
  readonly verifier = randomBytes(32).toString('base64url');
  readonly state = randomBytes(8).toString('hex');

  constructor(server: Pick<SmartTestServer, 'origin' | 'fhir'>, visitor = new Visitor(server.origin)) {
    this.server = server;
    this.visitor = visitor;
  }

  /** The address that begins an authorization; an empty parameter is left out. */
  address(given: Authorization): URL {
    const url = new URL(`${this.server.origin}/oauth/authorize`);
    const parameters = {
      response_type: 'code',
      redirect_uri: redirectUri,
      aud: this.server.fhir,
      state: this.state,
      code_challenge: challengeOf(this.verifier),
      code_challenge_method: 'S256',
      ...given,
    };
    for (const [name, value] of Object.entries(parameters))
      if (value !== '') url.searchParams.set(name, value);
    return url;
  }

  authorize(given: Authorization): Promise<Shown> {
    return this.visitor.open(this.address(given));
  }

  /** Goes through the pages to the redirect: the patient is chosen where one is asked for. */
  async consent(given: Authorization, patient?: string): Promise<URL> {
    let page = await this.authorize(given);
    if (page.status !== 200) throw new Error(`${page.status} ${page.url} ${page.text}`);
    if (patient !== undefined) {
      page = await this.visitor.submit(page, { search: 'PAT', action: 'search' });
      page = await this.visitor.submit(page, { patient, action: 'allow' });
    } else {
      page = await this.visitor.submit(page, { action: 'allow' });
    }
    if (!page.url.href.startsWith(redirectUri)) throw new Error(`${page.status} ${page.url} ${page.text}`);
    return page.url;
  }

  token(form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.server.origin}/oauth/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    });
  }

  exchange(
    redirect: URL,
    form: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const code = redirect.searchParams.get('code') ?? '';
    return this.token(
      {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: this.verifier,
        ...form,
      },
      headers,
    );
  }

  /** The whole of a standalone launch of the public app. */
  async launch(scope: string, patient?: string): Promise<TokenAnswer> {
    const redirect = await this.consent({ client_id: publicApp.client_id, scope }, patient);
    const answer = await this.exchange(redirect, { client_id: publicApp.client_id });
    if (answer.status !== 200) throw new Error(`${redirect} ${await answer.text()}`);
    return answerOf(answer);
  }
}

export interface TokenAnswer {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  id_token?: string;
  refresh_token?: string;
  patient?: string;
  encounter?: string;
  need_patient_banner?: boolean;
  fhirContext?: unknown;
}

/** What the token endpoint answered, error or not. */
export async function answerOf(response: Response): Promise<TokenAnswer & { error?: string }> {
  return (await response.json()) as TokenAnswer & { error?: string };
}

export function basic(id: string, secret: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

/** The key of a back end. */
export interface BackendKey {
  publicKey: JWK;
  assertion(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

export async function backendKey(
  server: Pick<SmartTestServer, 'origin'>,
  clientId: string,
  alg = 'ES384',
): Promise<BackendKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomBytes(4).toString('hex');
  return {
    publicKey: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    assertion: (claims = {}, header = {}) =>
      sign(privateKey, { alg, kid, ...header }, { ...standardClaims(server, clientId), ...claims }),
  };
}

function standardClaims(server: Pick<SmartTestServer, 'origin'>, clientId: string) {
  const exp = Math.floor(Date.now() / 1000) + 120;
  const aud = `${server.origin}/oauth/token`;
  return { iss: clientId, sub: clientId, aud, exp, jti: randomBytes(16).toString('hex') };
}

function sign(key: CryptoKey, header: JWTHeaderParameters, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Metadata of a back end with this key. */
export function backendClient(clientId: string, key: JWK, scope: string) {
  return {
    client_id: clientId,
    client_name: 'Laboratory',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key] },
    scope,
  };
}
