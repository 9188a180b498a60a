import type { RequestHandler, Response } from 'express';
import { errorPage, loginPage, pagePolicy } from './login-page.ts';
import type { SimulatedProfessional } from './people.ts';
import type { Provider } from './provider.ts';

/** The parameters that the login page adds to those of the client. */
const ownParameters = ['sim_user', 'sim_error'];

/**
 * The authorization endpoint: the login page, or at once the answer to the client where the request says who logs in
 * (`sim_user` with a key, `login_hint` with an RPPS or a national identifier) or what goes wrong (`sim_error`).
 */
export function authorizationHandler(provider: Provider): RequestHandler {
  return (request, response) => {
    const query = new URL(request.originalUrl, 'http://localhost').searchParams;
    const problem = requestProblem(provider, query);
    if (problem !== undefined) return sendPage(response, 400, errorPage(problem));
    const error = query.get('sim_error') ?? (query.get('prompt') === 'none' ? 'login_required' : null);
    if (error !== null) {
      return error === 'timeout'
        ? sendPage(response, 408, errorPage('Le délai d’identification est dépassé.'))
        : answerClient(provider, response, query, { error });
    }
    const person = chosenPerson(provider, query);
    if (person === undefined) return sendPage(response, 200, loginPage(provider.people, withoutOwn(query)));
    const { sessions } = provider;
    const session = sessions.start({
      person,
      clientId: query.get('client_id')!,
      nonce: query.get('nonce') ?? '',
      scope: query.get('scope')!,
    });
    const challenge = query.get('code_challenge') ?? undefined;
    const code = sessions.addCode(session, query.get('redirect_uri')!, challenge);
    return answerClient(provider, response, query, { session_state: session.id, code });
  };
}

/** Why a request is not answered to the client; what Keycloak would answer there is shown as well, for developers. */
function requestProblem({ clients, switches }: Provider, query: URLSearchParams): string | undefined {
  const client = clients().find(({ id }) => id === query.get('client_id'));
  if (client === undefined) return 'client_id';
  if (!client.redirectUris.includes(query.get('redirect_uri') ?? '')) {
    return 'Paramètre invalide : redirect_uri';
  }
  if (query.get('response_type') !== 'code') return 'Paramètre invalide : response_type';
  if (!query.get('scope')?.split(' ').includes('openid')) return 'Paramètre invalide : scope';
  if (!/^eidas[1-3]$/.test(query.get('acr_values') ?? '')) return 'Paramètre invalide : acr_values';
  if (!query.get('state')) return 'Paramètre manquant : state';
  if (!query.get('nonce') && switches().missingNonce === 'refuse') return 'Paramètre manquant : nonce';
  if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256') {
    return 'Paramètre invalide : code_challenge_method';
  }
  return undefined;
}

function chosenPerson({ people }: Provider, query: URLSearchParams): SimulatedProfessional | undefined {
  const key = query.get('sim_user');
  const hint = query.get('login_hint');
  return people.find(
    (person) =>
      person.key === key ||
      (hint !== null && (person.nationalId === hint || person.otherIds.some(isRpps(hint)))),
  );
}

function isRpps(hint: string): (id: SimulatedProfessional['otherIds'][number]) => boolean {
  return ({ identifiant, origine }) =>
    origine === 'RPPS' && (identifiant === hint || identifiant === `8${hint}`);
}

function withoutOwn(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => !ownParameters.includes(name)));
}

function answerClient(
  { issuer, switches }: Provider,
  response: Response,
  query: URLSearchParams,
  parameters: Readonly<Record<string, string>>,
): void {
  const location = new URL(query.get('redirect_uri')!);
  const { callbackIssuer } = switches();
  location.searchParams.set('state', query.get('state')!);
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
  if (callbackIssuer !== 'absent') {
    location.searchParams.set(
      'iss',
      callbackIssuer === 'same' ? issuer : 'https://other.example/realms/other',
    );
  }
  response.redirect(302, location.href);
}

function sendPage(response: Response, status: number, html: string): void {
  response.status(status).set('Content-Security-Policy', pagePolicy).set('Cache-Control', 'no-store');
  response.type('html').send(html);
}
