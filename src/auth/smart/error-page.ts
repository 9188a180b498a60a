import type { KoaContextWithOIDC } from 'oidc-provider';
import { Html, html, languageOf, renderPage } from './page.ts';

const texts = {
  fr: {
    failed: 'La demande de l’application est refusée',
    hint: 'Fermez cette page et recommencez depuis l’application. Si le refus se répète, communiquez ce code à son éditeur :',
    logout: 'Se déconnecter',
    question: 'Voulez-vous fermer votre session sur ce serveur ?',
    stay: 'Rester connecté',
    loggedOut: 'Votre session est fermée',
    close: 'Vous pouvez fermer cette page.',
  },
  en: {
    failed: 'The request of the application is refused',
    hint: 'Close this page and start again from the application. If it is refused again, give this code to its vendor:',
    logout: 'Log out',
    question: 'Do you want to end your session on this server?',
    stay: 'Stay logged in',
    loggedOut: 'Your session has ended',
    close: 'You may close this page.',
  },
} as const;

/** The page for an error that cannot be sent to the app, in place of that of the library. */
export function errorPage(
  ctx: KoaContextWithOIDC,
  { error, error_description }: { error: string; error_description?: string | undefined },
): void {
  const language = languageOf(ctx.get('accept-language'));
  const text = texts[language];
  const body = html`<p class="error" role="alert">${error}</p><p>${text.hint} <code>${error} ${error_description}</code></p>`;
  show(ctx, language, text.failed, body);
}

/** Asks whether to log out; the form of the library is sent by its buttons. */
export function logoutPage(ctx: KoaContextWithOIDC, form: string): void {
  const language = languageOf(ctx.get('accept-language'));
  const text = texts[language];
  const body = html`<p>${text.question}</p>${new Html(form)}
<p><button class="main" form="op.logoutForm" name="logout" value="yes">${text.logout}</button>
<button form="op.logoutForm">${text.stay}</button></p>`;
  show(ctx, language, text.logout, body, ['https:', 'http:']);
}

export function loggedOutPage(ctx: KoaContextWithOIDC): void {
  const language = languageOf(ctx.get('accept-language'));
  const text = texts[language];
  show(ctx, language, text.loggedOut, html`<p>${text.close}</p>`);
}

function show(
  ctx: KoaContextWithOIDC,
  language: 'fr' | 'en',
  title: string,
  body: Html,
  formTargets: readonly string[] = [],
): void {
  const page = renderPage({ language, title, body, formTargets });
  for (const [name, value] of Object.entries(page.headers)) ctx.set(name, value);
  ctx.body = page.text;
}
