import type { Request, RequestHandler, Response } from 'express';
import { errors, type Interaction, type Provider } from 'oidc-provider';
import { FhirError } from '../../fhir/error.ts';
import { consentTexts } from './consent-texts.ts';
import type { Report } from './events.ts';
import { type Html, html, type Language, languageOf, renderPage } from './page.ts';

export interface AnsweredPage {
  language: Language;
  title: string;
  body: Html;
  formTargets?: readonly string[];
}

export function sendPage(response: Response, status: number, page: AnsweredPage): void {
  const { headers, text } = renderPage(page);
  response.status(status).set(headers).send(text);
}

/** The language that the app asked for, or else the browser. */
export function requestLanguage(request: Request, locales?: unknown): Language {
  return languageOf(typeof locales === 'string' ? locales : undefined, request.headers['accept-language']);
}

/**
 * The interaction that this browser is in, which the address names.
 * @throws SessionNotFound when it has expired, ended, or is of another browser
 */
export async function currentInteraction(
  provider: Provider,
  request: Request,
  response: Response,
): Promise<Interaction> {
  const interaction = await provider.interactionDetails(request, response);
  if (interaction.uid !== request.params['uid']) throw new errors.SessionNotFound('not this interaction');
  return interaction;
}

/** A handler of a page whose expected errors are pages; who comes without the interaction is reported. */
export function answering(
  report: Report,
  handle: (request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const language = requestLanguage(request);
      const texts = consentTexts[language];
      const show = (status: number, text: string) =>
        sendPage(response, status, {
          language,
          title: texts.failed,
          body: html`<p class="error" role="alert">${text}</p>`,
        });
      if (error instanceof errors.SessionNotFound) {
        report({ kind: 'refused', where: 'interaction', error: 'session' }, request);
        show(400, texts.expired);
      } else if (error instanceof FhirError && error.status === 503) show(503, texts.reasons.unavailable);
      else throw error;
    }
  };
}
