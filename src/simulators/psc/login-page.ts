import { createHash } from 'node:crypto';
import type { SimulatedProfessional } from './people.ts';

const style = `
  body { font-family: system-ui, sans-serif; color: #161616; background: #f6f6f6; margin: 0; }
  main { max-width: 40rem; margin: 2rem auto; padding: 2rem; background: #fff; }
  h1 { font-size: 1.5rem; color: #000091; }
  ul { list-style: none; padding: 0; }
  button { font: inherit; width: 100%; text-align: left; padding: .75rem 1rem; margin-bottom: .5rem;
    color: inherit; background: #fff; border: 2px solid #000091; cursor: pointer; }
  button:hover { background: #ececfe; }
  button:focus-visible { outline: 3px solid #0a76f6; outline-offset: 2px; }
  button span { display: block; color: #3a3a3a; font-size: .875rem; }
`;

/** The policy of the page: its own style, no script, and a form whose answer leads to the client. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/**
 * The page on which a professional is chosen: a form that needs no script.
 * @param query of the authorization request, sent back with the choice
 */
export function loginPage(people: readonly SimulatedProfessional[], query: URLSearchParams): string {
  const hidden = [...query].map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const choices = people.map(
    ({ key, givenName, familyName, description }) =>
      `<li><button name="sim_user" value="${escaped(key)}">${escaped(`${givenName} ${familyName}`)}` +
      `<span>${escaped(description)}</span></button></li>`,
  );
  return page(
    'Pro Santé Connect – simulateur',
    `<p>Choisissez le professionnel fictif qui s’identifie.</p>
<form method="get">${hidden.join('')}
<ul aria-label="Professionnels de test">${choices.join('')}</ul>
<button name="sim_error" value="access_denied">Annuler</button>
</form>`,
  );
}

/** The page of a request that cannot be answered to the client, as its address is not known to be the client's. */
export function errorPage(message: string): string {
  return page('Nous sommes désolés…', `<p role="alert">${escaped(message)}</p>`);
}

/** The page after a logout without an address to go back to. */
export function loggedOutPage(): string {
  return page('Session terminée', '<p role="status">Vous êtes déconnecté de Pro Santé Connect.</p>');
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1>
${content}
</main></body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
