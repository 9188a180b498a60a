import { defaultIdentityPolicy, nextVerificationDate } from '../../src/ins/identity-policy.ts';
import type { IdentityStatus } from '../../src/ins/identity-status.ts';
import type { IdentityRecord } from '../patient.ts';
import { type Birth, censusDay, drawResidence, matriculeOf } from './births.ts';
import { drawFamilyName } from './family-names.ts';
import { drawGivenNames } from './given-names.ts';
import { integerBetween, type Random, WeightedChoice } from './random.ts';

/** Shares of the identity statusChoice, in percent. */
const statusShares: readonly (readonly [IdentityStatus, number])[] = [
  ['QUAL', 70],
  ['RECUP', 8],
  ['VALI', 5],
  ['PROV', 17],
];
const statusChoice = new WeightedChoice(statusShares, ([, share]) => share);

/** Identity documents of adults and of minors, codes of fr-core-cs-mode-validation-identity. */
const adultDocuments = new WeightedChoice(['CN', 'PA'], (mode) => (mode === 'CN' ? 7 : 3));
const minorDocuments = new WeightedChoice(['LE', 'AN', 'CN'], (mode) => (mode === 'LE' ? 6 : 2));

/** Share of women who use another family name than that of their birth, by the year of birth reached. */
const usedNameShares: readonly (readonly [number, number])[] = [
  [1950, 0.85],
  [1965, 0.7],
  [1980, 0.5],
  [1995, 0.25],
  [2001, 0.05],
];

const streets =
  `rue de la Gare|rue des Écoles|rue Victor-Hugo|rue Pasteur|avenue Jean-Jaurès|rue de la République|
rue du Moulin|chemin des Vignes|rue des Lilas|place de l'Église|rue Jules-Ferry|impasse des Acacias|rue du Stade|
boulevard Gambetta|allée des Tilleuls|rue des Fontaines|rue de Verdun|route de Paris|rue Saint-Jean|quai de la Marine`
    .split('|')
    .map((street) => street.trim());

/** INSi learns of a newborn about eight days after the birth. */
const newbornSince = '2025-12-24';

/**
 * The record of one person.
 * @param index makes the id and the IPP, which no other person has
 */
export function drawPerson(random: Random, index: number, birth: Birth, order: number): IdentityRecord {
  const birthYear = Number(birth.date.slice(0, 4));
  const age = Number(censusDay.slice(0, 4)) - 1 - birthYear;
  const birthName = drawFamilyName(random, birth.place.names);
  const givenNames = drawGivenNames(random, birth.gender, birthYear, birth.place.names);
  const usedName = birth.gender === 'female' ? drawUsedName(random, birthYear, birthName) : undefined;
  const street = streets[integerBetween(random, 0, streets.length - 1)];
  return {
    id: `pop-${String(index).padStart(8, '0')}`,
    ipp: String(2_000_000_000 + index),
    birthName,
    givenNames,
    ...(usedName ? { usedName } : {}),
    gender: birth.gender,
    birthDate: birth.date,
    birthPlace: birth.place,
    address: {
      line: `${integerBetween(random, 1, 120)} ${street}`,
      place: drawResidence(random, birth.place),
    },
    ...(age >= 12 ? { telecom: drawTelecom(random, index) } : {}),
    ...drawReliability(random, birth, order, age),
  };
}

function drawUsedName(random: Random, birthYear: number, birthName: string): string | undefined {
  const share = usedNameShares.find(([before]) => birthYear < before)?.[1] ?? 0;
  if (random() >= share) return undefined;
  const usedName = drawFamilyName(random, 'france');
  return usedName === birthName ? undefined : usedName;
}

/** A mobile number that Arcep keeps for works of fiction, and often an address of the domain kept for examples. */
function drawTelecom(random: Random, index: number): NonNullable<IdentityRecord['telecom']> {
  const digits = String(integerBetween(random, 0, 9999)).padStart(4, '0');
  const phone = {
    system: 'phone' as const,
    value: `+33 6 39 98 ${digits.slice(0, 2)} ${digits.slice(2)}`,
    use: 'mobile' as const,
  };
  if (random() < 0.4) return [phone];
  return [phone, { system: 'email', value: `patient.${index}@example.org`, use: 'home' }];
}

type Reliability = Pick<
  IdentityRecord,
  'status' | 'attributes' | 'matricule' | 'retrievedOn' | 'checkDue' | 'evidence'
>;

function drawReliability(random: Random, birth: Birth, order: number, age: number): Reliability {
  const [drawn] = statusChoice.pick(random);
  const status = birth.date >= newbornSince ? 'PROV' : drawn;
  const attributes = drawAttributes(random, status);
  // Within three years, and not before the matricule exists.
  const since = dayAfter(birth.date, 8) > '2023-01-01' ? dayAfter(birth.date, 8) : '2023-01-01';
  const day = dayAfter(since, integerBetween(random, 0, daysBetween(since, censusDay)));
  const document = (age >= 18 ? adultDocuments : minorDocuments).pick(random);
  const retrieved = status === 'QUAL' || status === 'RECUP';
  const validated = status === 'QUAL' || status === 'VALI';
  return {
    status,
    ...(attributes.length > 0 ? { attributes } : {}),
    ...(retrieved
      ? {
          matricule: { value: matriculeOf(birth, order), type: 'INS-NIR-TEST' },
          retrievedOn: day,
          checkDue: nextVerificationDate(day, defaultIdentityPolicy),
        }
      : {}),
    ...(validated ? { evidence: { mode: document, date: day } } : {}),
  };
}

/** Douteux and fictif belong to provisional identities alone (RNIV EXI ID 26); a namesake may have any status. */
function drawAttributes(random: Random, status: IdentityStatus): NonNullable<IdentityRecord['attributes']> {
  const point = random();
  if (point < 0.01) return ['HOMA'];
  if (status !== 'PROV') return [];
  if (point < 0.05) return ['DOUT'];
  return point < 0.06 ? ['FICT'] : [];
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

function daysBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000));
}
