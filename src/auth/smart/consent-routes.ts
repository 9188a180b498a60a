import { createHmac, timingSafeEqual } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import type { Interaction } from 'oidc-provider';
import type { Client } from '../clients/client.ts';
import type { Account, Activity } from '../sessions/accounts.ts';
import type { LoginEnd } from '../sessions/logins.ts';
import { type ConsentView, consentPage, type PatientView } from './consent-page.ts';
import { consentTexts } from './consent-texts.ts';
import type { GrantContext } from './grant-context.ts';
import { grantableScopes, needsPatient } from './granted-scopes.ts';
import { answering, currentInteraction, requestLanguage, sendPage } from './interaction-answers.ts';
import type { InteractionParts } from './interaction-parts.ts';
import type { Launch } from './launches.ts';
import { beginLogin } from './login-routes.ts';
import { type Html, html, type Language } from './page.ts';
import { saveGrant } from './save-grant.ts';

/** A request for consent that is under way. */
interface Consent {
  interaction: Interaction;
  client: Client;
  account: Account;
  language: Language;
  scopes: readonly string[];
  launch: Launch | undefined;
}

/** What the form of the consent page holds. */
interface ConsentForm {
  action: string;
  csrf: string;
  scopes: ReadonlySet<string>;
  activity: number;
  patient: string;
  encounter: string | undefined;
  search: string;
}

/** The pages of an interaction: they send the browser to log in, or ask for the patient and the consent. */
export function consentRoutes(parts: InteractionParts): Router {
  const router = Router();
  router.get(
    '/interaction/:uid',
    answering(parts.report, async (request, response) => {
      const interaction = await currentInteraction(parts.provider, request, response);
      if (interaction.prompt.name === 'login') return beginLogin(parts, interaction, request, response);
      const consent = await readConsent(parts, interaction, request, response);
      if (consent === undefined) return;
      await linkLogin(parts, interaction);
      await show(parts, consent, response, {});
    }),
  );
  router.post(
    '/interaction/:uid',
    express.urlencoded({ extended: false, limit: '64kb' }),
    answering(parts.report, async (request, response) => {
      const interaction = await currentInteraction(parts.provider, request, response);
      const form = readForm(request.body ?? {});
      if (!isOwnForm(parts, request, interaction.uid, form.csrf)) {
        parts.report({ kind: 'refused', where: 'consent', error: 'csrf' }, request);
        const language = requestLanguage(request);
        const { failed, expired } = consentTexts[language];
        const body = html`<p class="error" role="alert">${expired}</p>`;
        return sendPage(response, 403, { language, title: failed, body });
      }
      const consent = await readConsent(parts, interaction, request, response);
      if (consent !== undefined) await decide(parts, consent, form, request, response);
    }),
  );
  return router;
}

/** Ties the session of the browser to the login that it was begun with, so that it ends with that. */
async function linkLogin({ logins }: InteractionParts, { session, lastSubmission }: Interaction) {
  const end = lastSubmission?.['loginEnd'] as LoginEnd | undefined;
  if (session !== undefined && end !== undefined) await logins.link(session.uid, end);
}

/** @returns `undefined` when the request cannot go on, which is answered */
async function readConsent(
  { clients, accounts, launches, report }: InteractionParts,
  interaction: Interaction,
  request: Request,
  response: Response,
): Promise<Consent | undefined> {
  const { params, session } = interaction;
  const language = requestLanguage(request, params['ui_locales']);
  const texts = consentTexts[language];
  const refuse = (error: string, status: number, text: string, more?: Html) => {
    const { client_id } = params;
    report({ kind: 'refused', where: 'consent', error, clientId: String(client_id) }, request);
    const body = html`<p class="error" role="alert">${text}</p>${more}`;
    sendPage(response, status, { language, title: texts.failed, body });
  };
  const client = await clients.find(String(params['client_id']));
  const account = await accounts.find(session?.accountId ?? '');
  const handle = params['launch'];
  const launch = typeof handle === 'string' ? await launches.find(handle) : undefined;
  const isWhole = client !== undefined && account !== undefined && client.tenant === account.tenant;
  if (!isWhole || (handle !== undefined && launch === undefined)) {
    refuse('expired', 400, texts.expired);
    return undefined;
  }
  if (launch?.accountId !== undefined && launch.accountId !== account.id) {
    const logout = html`<p><a href="/oauth/session/end">${texts.logout}</a></p>`;
    refuse('other-user', 403, texts.otherUser, logout);
    return undefined;
  }
  const requested = String(params['scope'] ?? '').split(' ');
  const scopes = grantableScopes(requested, client.scope, 'user').filter(
    (scope) => scope !== 'launch' || launch !== undefined,
  );
  return { interaction, client, account, language, scopes, launch };
}

async function decide(
  parts: InteractionParts,
  consent: Consent,
  form: ConsentForm,
  request: Request,
  response: Response,
): Promise<void> {
  const { account, client, scopes, interaction, language } = consent;
  const texts = consentTexts[language];
  if (form.action === 'deny') {
    parts.report({ kind: 'consent', outcome: 'denied', account, clientId: client.client_id }, request);
    const result = { error: 'access_denied', error_description: 'the user refused' };
    return parts.provider.interactionFinished(request, response, result);
  }
  const user = { account, activity: account.activities[form.activity] };
  const granted = await parts.ceiling(
    user,
    scopes.filter((scope) => form.scopes.has(scope)),
  );
  const asks = (problem?: string) => show(parts, consent, response, { form, ...(problem && { problem }) });
  if (form.action !== 'allow') return asks();
  if (granted.length === 0) return asks(texts.nothing);
  const patient = await chosenPatient(parts, consent, form);
  if (patient === undefined && needsPatient(granted)) return asks(texts.choose);
  if (asksForEncounter(consent, granted) && form.encounter === undefined) return asks();
  const encounter = await chosenEncounter(parts, consent, form, patient);
  const handle = interaction.params['launch'];
  // Of two browsers that follow one launch, the first gets it.
  if (typeof handle === 'string' && (await parts.launches.take(handle)) === undefined) {
    const clientId = client.client_id;
    parts.report({ kind: 'refused', where: 'consent', error: 'launch-used', clientId }, request);
    const body = html`<p class="error" role="alert">${texts.expired}</p>`;
    return sendPage(response, 400, { language, title: texts.failed, body });
  }
  const activity = account.activities[form.activity];
  const context: GrantContext = {
    ...consent.launch?.context,
    tenant: client.tenant,
    fhirBase: String(interaction.params['aud']).replace(/\/$/, ''),
    fhirUser: account.fhirUser,
    ...(patient === undefined ? {} : { patient }),
    ...(encounter === undefined ? {} : { encounter }),
    // The EHR says whether it shows the patient; an app on its own has to.
    need_patient_banner: consent.launch?.context.need_patient_banner ?? true,
    ...(activity?.role === undefined ? {} : { role: activity.role }),
    ...(activity?.organization === undefined ? {} : { organization: activity.organization }),
  };
  const grantId = await saveGrant(parts, { account, client, interaction, granted, context });
  const outcome = { kind: 'consent' as const, outcome: 'allowed' as const, account };
  const about = patient === undefined ? {} : { patient };
  parts.report({ ...outcome, clientId: client.client_id, ...about }, request);
  await parts.provider.interactionFinished(request, response, { consent: { grantId } });
}

/** An app that starts on its own and wants an encounter: the launch of an EHR would give it. */
function asksForEncounter({ launch }: Consent, granted: readonly string[]): boolean {
  return launch === undefined && granted.includes('launch/encounter');
}

/** The id of the patient of the launch, of the user who is one, or of the one chosen, whom the user may see. */
async function chosenPatient(
  { patients }: InteractionParts,
  { launch, account }: Consent,
  form: Pick<ConsentForm, 'patient' | 'activity'>,
): Promise<string | undefined> {
  if (launch !== undefined) return launch.context.patient;
  const own = /^Patient\/(.+)$/.exec(account.fhirUser)?.[1];
  if (own !== undefined || form.patient === '') return own;
  const user = { account, activity: account.activities[form.activity] };
  return (await patients.read(user, form.patient))?.id;
}

async function chosenEncounter(
  { patients }: InteractionParts,
  { launch, account }: Consent,
  form: ConsentForm,
  patient: string | undefined,
): Promise<string | undefined> {
  if (launch !== undefined) return launch.context.encounter;
  if (patient === undefined || !form.encounter) return undefined;
  const user = { account, activity: account.activities[form.activity] };
  const found = await patients.encounters(user, patient);
  return found.find(({ id }) => id === form.encounter)?.id;
}

async function show(
  parts: InteractionParts,
  consent: Consent,
  response: Response,
  { form, problem }: { form?: ConsentForm; problem?: string },
): Promise<void> {
  const { client, account, interaction, language } = consent;
  const chosenActivity = form?.activity ?? 0;
  const user = { account, activity: account.activities[chosenActivity] };
  // Another activity may reach more: what none is chosen for yet stays.
  const hasChoice = account.activities.length > 1;
  const scopes = hasChoice ? consent.scopes : await parts.ceiling(user, consent.scopes);
  const chosenScopes = form?.scopes ?? new Set(scopes);
  const patient = await patientView(parts, consent, user, form);
  const wantsEncounter = asksForEncounter(consent, [...chosenScopes]) && patient.kind === 'given';
  const view: ConsentView = {
    language,
    action: `/interaction/${interaction.uid}`,
    csrf: formToken(parts, interaction.uid),
    clientName: client.client_name,
    scopes,
    chosenScopes,
    activities: account.activities,
    chosenActivity,
    patient,
    ...(wantsEncounter ? { encounters: await parts.patients.encounters(user, patient.patient.id) } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
  const target = URL.parse(String(interaction.params['redirect_uri']))?.origin;
  sendPage(response, problem === undefined ? 200 : 400, {
    language,
    ...consentPage(view),
    formTargets: target === undefined ? [] : [target],
  });
}

async function patientView(
  parts: InteractionParts,
  consent: Consent,
  user: { account: Account; activity: Activity | undefined },
  form: ConsentForm | undefined,
): Promise<PatientView> {
  if (!needsPatient(consent.scopes) && consent.launch === undefined) return { kind: 'none' };
  const id = await chosenPatient(parts, consent, form ?? { patient: '', activity: 0 });
  const patient = id === undefined ? undefined : await parts.patients.read(user, id);
  if (patient !== undefined) {
    const isFixed = consent.launch !== undefined || consent.account.fhirUser === `Patient/${patient.id}`;
    return { kind: 'given', patient, isFixed };
  }
  if (consent.launch !== undefined) return { kind: 'none' };
  const text = form?.search ?? '';
  return {
    kind: 'asked',
    text,
    found: text === '' ? undefined : await parts.patients.search(user, text),
  };
}

/** The fields of the form; one that is absent or repeated where it should not be counts as empty. */
function readForm(body: Record<string, unknown>): ConsentForm {
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
  const activity = Number(text('activity'));
  return {
    action: text('action'),
    csrf: text('csrf'),
    scopes: new Set([body['scope']].flat().filter((each) => typeof each === 'string')),
    activity: Number.isSafeInteger(activity) ? activity : 0,
    patient: text('patient'),
    encounter: typeof body['encounter'] === 'string' ? body['encounter'] : undefined,
    search: text('search').trim().slice(0, 100),
  };
}

/** Other sites cannot know it, so that they cannot have a browser send the form. */
function formToken({ formKey }: InteractionParts, uid: string): string {
  return createHmac('sha256', formKey).update(uid).digest('base64url');
}

function isOwnForm(parts: InteractionParts, { headers }: Request, uid: string, token: string): boolean {
  const expected = Buffer.from(formToken(parts, uid));
  const given = Buffer.from(token);
  const isOwnOrigin = headers.origin === undefined || headers.origin === parts.origin;
  return isOwnOrigin && given.length === expected.length && timingSafeEqual(given, expected);
}
