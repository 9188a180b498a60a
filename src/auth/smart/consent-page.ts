import type { Activity } from '../sessions/accounts.ts';
import { consentTexts, roleNames, scopeMeaning } from './consent-texts.ts';
import { type Html, html, type Language } from './page.ts';
import type { EncounterChoice, PatientChoice } from './patient-choice.ts';

/** What the consent page shows. */
export interface ConsentView {
  language: Language;
  /** Path that the form is sent to. */
  action: string;
  csrf: string;
  clientName: string;
  scopes: readonly string[];
  /** Those that are ticked. */
  chosenScopes: ReadonlySet<string>;
  activities: readonly Activity[];
  chosenActivity: number;
  patient: PatientView;
  encounters?: readonly EncounterChoice[];
  problem?: string;
}

/** `none`: the app is about no patient; `given`: the launch or an earlier step names the patient. */
export type PatientView =
  | { kind: 'none' }
  | { kind: 'given'; patient: PatientChoice; isFixed: boolean }
  | { kind: 'asked'; text: string; found: readonly PatientChoice[] | undefined };

/** The page on which the user chooses the patient and allows the scopes: one plain form. */
export function consentPage(view: ConsentView): { title: string; body: Html } {
  const texts = consentTexts[view.language];
  const body = html`${view.problem !== undefined && html`<p class="error" role="alert">${view.problem}</p>`}
<p>${texts.asks(view.clientName)}</p>
<form method="post" action="${view.action}">
<input type="hidden" name="csrf" value="${view.csrf}">
${patientPart(view)}
${encounterPart(view)}
${activityPart(view)}
<fieldset><legend>${texts.scopes}</legend>
${view.scopes.map(
  (scope) => html`<label><input type="checkbox" name="scope" value="${scope}"${
    view.chosenScopes.has(scope) && html` checked`
  }> ${scopeMeaning(scope, view.language)} <code>${scope}</code></label>
`,
)}</fieldset>
<p><button class="main" name="action" value="allow">${texts.allow}</button>
<button name="action" value="deny" formnovalidate>${texts.deny}</button></p>
</form>`;
  return { title: texts.title, body };
}

function patientPart({ patient, language }: ConsentView): Html | undefined {
  const texts = consentTexts[language];
  if (patient.kind === 'none') return undefined;
  if (patient.kind === 'given') {
    return html`<fieldset><legend>${texts.patient}</legend>
<p>${described(patient.patient, language)}</p>
${!patient.isFixed && html`<input type="hidden" name="patient" value="${patient.patient.id}">`}
</fieldset>`;
  }
  const { text, found } = patient;
  return html`<fieldset><legend>${texts.patient}</legend>
<label for="search">${texts.search}</label>
<input type="text" id="search" name="search" value="${text}" autocomplete="off">
<button name="action" value="search">${texts.find}</button>
${found?.length === 0 && html`<p role="status">${texts.none}</p>`}
${(found ?? []).map(
  (
    choice,
  ) => html`<label><input type="radio" name="patient" value="${choice.id}"> ${described(choice, language)}</label>
`,
)}</fieldset>`;
}

function described({ name, birthDate, sex }: PatientChoice, language: Language): Html {
  const born = birthDate === undefined ? undefined : consentTexts[language].born(birthDate);
  return html`<strong>${name}</strong> ${born} ${sex}`;
}

function encounterPart({ encounters, language }: ConsentView): Html | undefined {
  if (encounters === undefined) return undefined;
  const texts = consentTexts[language];
  return html`<fieldset><legend>${texts.encounter}</legend>
${encounters.map(
  ({ id, label, start }) =>
    html`<label><input type="radio" name="encounter" value="${id}"> ${label} ${start}</label>
`,
)}<label><input type="radio" name="encounter" value="" checked> ${texts.noEncounter}</label>
</fieldset>`;
}

function activityPart({ activities, chosenActivity, language }: ConsentView): Html | undefined {
  if (activities.length < 2) return undefined;
  return html`<fieldset><legend>${consentTexts[language].activity}</legend>
${activities.map(
  ({ role, organization }, index) =>
    html`<label><input type="radio" name="activity" value="${index}"${
      index === chosenActivity && html` checked`
    }> ${role && roleNames[language][role]} ${organization}</label>
`,
)}</fieldset>`;
}
