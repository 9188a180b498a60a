import { type Accepted, isBoolean, isOneOf } from '../switches.ts';

const outages = [
  'none',
  'siram_40',
  'insi_102',
  'desir_1020',
  'http-500',
  'connection-reset',
  'truncated',
] as const;

/** The ways in which the simulator can be made to misbehave, changed at run time. */
export interface SimulatorSwitches {
  /** Wait before every answer, 0 to 60000 milliseconds. */
  latencyMs: number;
  /** The failure that calls meet. */
  outage: (typeof outages)[number];
  /** Share of the calls that meet it, 0 to 1. */
  failRatio: number;
  /** Calls still to meet it, after which `outage` returns to `none`; null for no end. */
  failNext: number | null;
  /** Prefixes of the SOAP elements; `mixed` uses two for one namespace. */
  prefixStyle: 'soap' | 'env' | 'S' | 'mixed';
  /** Return `Prenom`, as INSi did until 2022. */
  withPrenom: boolean;
  /** Return one former matricule at most. */
  singleHistory: boolean;
  /** Leave `LieuNaissance` out. */
  missingBirthPlace: boolean;
  reasonLanguage: 'fr' | 'en';
  /** What a person who is not in the base meets: code 01, or the fault of the qualification platform. */
  missingPerson: '01' | 'insi_102';
  /** OID of a NIR: of tests, or of production as the qualification platform answers. */
  nirOid: '1.2.250.1.213.1.4.10' | '1.2.250.1.213.1.4.8';
  /** Serve the unit verification, whose real contract is not public. */
  unitVerification: boolean;
}

export const defaultSwitches: SimulatorSwitches = {
  latencyMs: 0,
  outage: 'none',
  failRatio: 1,
  failNext: null,
  prefixStyle: 'soap',
  withPrenom: false,
  singleHistory: false,
  missingBirthPlace: false,
  reasonLanguage: 'fr',
  missingPerson: '01',
  nirOid: '1.2.250.1.213.1.4.10',
  unitVerification: false,
};

const isNumber = (value: unknown, maximum: number) =>
  typeof value === 'number' && value >= 0 && value <= maximum;

export const acceptedSwitches: Accepted<SimulatorSwitches> = {
  latencyMs: (value) => isNumber(value, 60_000),
  outage: isOneOf(...outages),
  failRatio: (value) => isNumber(value, 1),
  failNext: (value) => value === null || (Number.isInteger(value) && isNumber(value, 1_000_000)),
  prefixStyle: isOneOf('soap', 'env', 'S', 'mixed'),
  withPrenom: isBoolean,
  singleHistory: isBoolean,
  missingBirthPlace: isBoolean,
  reasonLanguage: isOneOf('fr', 'en'),
  missingPerson: isOneOf('01', 'insi_102'),
  nirOid: isOneOf('1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.8'),
  unitVerification: isBoolean,
};
