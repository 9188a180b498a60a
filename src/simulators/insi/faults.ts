import type { SimulatedFault } from './answer-writer.ts';

/** Codes that no published source gives a name to: the simulator says that it made them up. */
const madeUpCode = 'insi_900';

export const faults = {
  technicalError: {
    side: 'Receiver',
    subcode: 'siram_40',
    code: 'insi_102',
    severity: 'fatal',
    text: {
      fr: 'La recherche par traits d’identité a généré une erreur technique.',
      en: 'The search by identity traits raised a technical error.',
    },
    echoesMessageId: false,
  },
  temporarilyUnavailable: {
    side: 'Sender',
    subcode: 'siram_40',
    code: 'desir_1020',
    severity: 'fatale',
    text: {
      fr: 'Le service appelé est temporairement indisponible.',
      en: 'The service called is temporarily unavailable.',
    },
    echoesMessageId: true,
  },
  servicesUnavailable: {
    side: 'Receiver',
    subcode: 'siram_40',
    code: 'insi_111',
    severity: 'erreur',
    text: { fr: 'Téléservices indisponibles.', en: 'The services are unavailable.' },
    echoesMessageId: true,
  },
  birthNameMissing: {
    side: 'Sender',
    subcode: 'siram_10',
    code: 'insi_19',
    severity: 'erreur',
    text: { fr: 'Le nom de naissance est obligatoire.', en: 'The birth name is mandatory.' },
    echoesMessageId: true,
  },
  sexInvalid: {
    side: 'Sender',
    subcode: 'siram_10',
    code: 'insi_24',
    severity: 'erreur',
    text: { fr: 'Le format du sexe est incorrect.', en: 'The sex has a wrong format.' },
    echoesMessageId: true,
  },
  inputInvalid: {
    side: 'Sender',
    subcode: 'siram_10',
    code: madeUpCode,
    severity: 'erreur',
    text: {
      fr: 'Code simulé : trait au format incorrect.',
      en: 'Simulated code: a trait has a wrong format.',
    },
    echoesMessageId: true,
  },
  unknownSoftware: {
    side: 'Sender',
    subcode: 'siram_100',
    code: 'desir_550',
    severity: 'erreur',
    text: { fr: 'Numéro d’autorisation du logiciel inconnu.', en: 'Unknown software authorisation number.' },
    echoesMessageId: true,
  },
  insufficientRights: {
    side: 'Sender',
    subcode: 'siram_100',
    code: 'desir_560',
    severity: 'erreur',
    text: { fr: 'Droits insuffisants.', en: 'Insufficient rights.' },
    echoesMessageId: true,
  },
  unknownOperation: {
    side: 'Sender',
    subcode: 'ActionNotSupported',
    code: madeUpCode,
    severity: 'erreur',
    text: { fr: 'Opération non simulée.', en: 'This operation is not simulated.' },
    echoesMessageId: true,
  },
} as const satisfies Record<string, SimulatedFault>;
