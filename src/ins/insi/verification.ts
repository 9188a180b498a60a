import { compareTraits, type TraitDifference } from '../comparison.ts';
import { natureOf } from '../ins-identifier.ts';
import type { StrictTraits } from '../traits.ts';
import type { GivenIns, InsiIdentity, RegisteredIns, SearchAnswer, VerificationAnswer } from './port.ts';

/**
 * Verifies through a search: INSi finds the person by traits, then matricule, OID and traits are compared
 * here. Its contract is the published one; the search being a retrieval, it suits a deployment that is
 * the identity repository, one present person at a time.
 */
export async function verifyThroughSearch(
  search: (traits: StrictTraits) => Promise<SearchAnswer>,
  ins: GivenIns,
  traits: StrictTraits,
): Promise<VerificationAnswer> {
  return judge(await search(traits), ins, traits);
}

/**
 * What a search says about a record: its traits are compared, and its INS where it has one. Differences in the
 * separators of given names alone leave it verified.
 */
export function judge(
  answer: SearchAnswer,
  ins: GivenIns | undefined,
  traits: StrictTraits,
): VerificationAnswer {
  if (answer.outcome !== 'found') return answer;
  const { identity, rawAnswer, trace } = answer;
  const insDifferences = ins === undefined ? [] : differencesOfIns(ins, identity.active);
  const differences = [...insDifferences, ...compareTraits(traits, identity.traits)];
  const common = { identity, differences, rawAnswer, trace };
  if (ins !== undefined && insDifferences.length > 0) {
    return { outcome: outcomeOfOtherIns(ins, identity), ...common };
  }
  return {
    outcome: differences.some(({ severity }) => severity === 'major') ? 'mismatch' : 'verified',
    ...common,
  };
}

function outcomeOfOtherIns(ins: GivenIns, { history }: InsiIdentity): 'superseded' | 'mismatch' {
  return history.some((former) => differencesOfIns(ins, former).length === 0) ? 'superseded' : 'mismatch';
}

function differencesOfIns(given: GivenIns, registered: RegisteredIns): TraitDifference[] {
  const differences: TraitDifference[] = [];
  if (given.number !== registered.number) {
    differences.push({
      trait: 'matricule',
      local: given.number,
      reference: registered.number,
      severity: 'major',
    });
  }
  if (natureOf(given.oid) !== natureOf(registered.oid)) {
    differences.push({ trait: 'oid', local: given.oid, reference: registered.oid, severity: 'major' });
  }
  return differences;
}
