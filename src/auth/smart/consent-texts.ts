import type { Role } from '../../access/actor.ts';
import { parseScope, type SmartScope } from '../../access/scopes.ts';
import type { Language } from './page.ts';

/** The words of the consent page. */
export const consentTexts = {
  fr: {
    title: 'Autoriser une application',
    asks: (name: string) => `L’application ${name} demande à accéder à des données de santé.`,
    scopes: 'Ce que l’application pourra faire',
    patient: 'Patient concerné',
    search: 'Nom du patient',
    find: 'Rechercher',
    none: 'Aucun patient ne correspond.',
    choose: 'Choisissez un patient.',
    born: (date: string) => `né(e) le ${date}`,
    encounter: 'Venue concernée',
    noEncounter: 'Aucune en particulier',
    activity: 'Vous agissez en tant que',
    allow: 'Autoriser',
    deny: 'Refuser',
    nothing: 'Choisissez au moins un accès.',
    failed: 'La connexion a échoué',
    again: 'Recommencer',
    reasons: {
      state: 'La connexion a expiré ou a été commencée dans un autre navigateur.',
      denied: 'La connexion a été refusée ou abandonnée.',
      deactivated: 'Ce compte professionnel est désactivé dans cet établissement.',
      unknown: 'Ce professionnel ne peut pas être identifié avec certitude dans cet établissement.',
      unavailable: 'Le service de connexion ne répond pas.',
      failed: 'Le service de connexion a donné une réponse inattendue.',
    },
    expired: 'Cette page a expiré : recommencez depuis l’application.',
    otherUser: 'L’application a été ouverte par un autre utilisateur du logiciel de soins.',
    logout: 'Se déconnecter',
  },
  en: {
    title: 'Authorise an application',
    asks: (name: string) => `The application ${name} asks for access to health data.`,
    scopes: 'What the application may do',
    patient: 'Patient',
    search: 'Name of the patient',
    find: 'Search',
    none: 'No patient matches.',
    choose: 'Choose a patient.',
    born: (date: string) => `born on ${date}`,
    encounter: 'Encounter',
    noEncounter: 'None in particular',
    activity: 'You act as',
    allow: 'Allow',
    deny: 'Refuse',
    nothing: 'Choose at least one access.',
    failed: 'The login failed',
    again: 'Start again',
    reasons: {
      state: 'The login has expired or was begun in another browser.',
      denied: 'The login was refused or given up.',
      deactivated: 'This professional is not active in this organisation.',
      unknown: 'This professional cannot be identified for certain in this organisation.',
      unavailable: 'The login service does not answer.',
      failed: 'The login service gave an answer that was not expected.',
    },
    expired: 'This page has expired: start again from the application.',
    otherUser: 'The application was opened by another user of the care software.',
    logout: 'Log out',
  },
} as const;

/** What users are told that they act as. */
export const roleNames: Record<Language, Record<Role, string>> = {
  fr: {
    admin: 'administrateur',
    doctor: 'médecin',
    nurse: 'infirmier',
    pharmacist: 'pharmacien',
    midwife: 'sage-femme',
    secretary: 'secrétaire médical',
    system: 'système',
  },
  en: {
    admin: 'administrator',
    doctor: 'doctor',
    nurse: 'nurse',
    pharmacist: 'pharmacist',
    midwife: 'midwife',
    secretary: 'medical secretary',
    system: 'system',
  },
};

const named: Record<Language, Record<string, string>> = {
  fr: {
    openid: 'Savoir que vous êtes connecté',
    fhirUser: 'Savoir qui vous êtes',
    profile: 'Savoir qui vous êtes',
    launch: 'Suivre le contexte du logiciel de soins',
    'launch/patient': 'Connaître le patient choisi',
    'launch/encounter': 'Connaître la venue choisie',
    offline_access: 'Garder l’accès quand vous n’êtes plus connecté',
    online_access: 'Garder l’accès tant que vous êtes connecté',
  },
  en: {
    openid: 'Know that you are logged in',
    fhirUser: 'Know who you are',
    profile: 'Know who you are',
    launch: 'Follow the context of the care software',
    'launch/patient': 'Know the patient chosen',
    'launch/encounter': 'Know the encounter chosen',
    offline_access: 'Keep access when you are no longer logged in',
    online_access: 'Keep access while you are logged in',
  },
};

const verbs: Record<Language, Record<string, string>> = {
  fr: { c: 'créer', r: 'lire', u: 'modifier', d: 'supprimer', s: 'rechercher' },
  en: { c: 'create', r: 'read', u: 'change', d: 'delete', s: 'search' },
};

/** What a scope means, for those who grant it. */
export function scopeMeaning(text: string, language: Language): string {
  const scope = parseScope(text);
  return scope === undefined ? text : meaning(scope, language);
}

function meaning(scope: SmartScope, language: Language): string {
  if (scope.kind === 'named') return named[language][scope.name] ?? scope.name;
  const actions = [...scope.permissions].map((letter) => verbs[language][letter]).join(', ');
  const french = language === 'fr';
  const type = scope.type === '*' ? (french ? 'toutes les données' : 'all data') : scope.type;
  const whose = {
    patient: french ? 'de ce patient' : 'of this patient',
    user: french ? 'que vous pouvez voir' : 'that you may see',
    system: '',
  }[scope.level];
  const query = scope.query.map(([name, value]) => `${name} = ${value}`).join(', ');
  return `${actions} : ${type} ${whose}${query === '' ? '' : ` (${query})`}`;
}
