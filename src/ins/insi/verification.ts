import { compareTraits, type TraitDifference } from '../comparison.ts';
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
  const answer = await search(traits);
  if (answer.outcome !== 'found') return answer;
  const { identity, rawAnswer, trace } = answer;
  const differences = [...insDifferences(ins, identity.active), ...compareTraits(traits, identity.traits)];
  const common = { identity, differences, rawAnswer, trace };
  if (!isSame(ins, identity.active)) return { outcome: outcomeOfOtherIns(ins, identity), ...common };
  return {
    outcome: differences.some(({ severity }) => severity === 'major') ? 'mismatch' : 'verified',
    ...common,
  };
}

function outcomeOfOtherIns(ins: GivenIns, { history }: InsiIdentity): 'superseded' | 'mismatch' {
  return history.some((former) => isSame(ins, former)) ? 'superseded' : 'mismatch';
}

function isSame(given: GivenIns, registered: RegisteredIns): boolean {
  return insDifferences(given, registered).length === 0;
}

function insDifferences(given: GivenIns, registered: RegisteredIns): TraitDifference[] {
  const differences: TraitDifference[] = [];
  if (given.number !== registered.number) {
    differences.push({
      trait: 'matricule',
      local: given.number,
      reference: registered.number,
      severity: 'major',
    });
  }
  if (given.oid !== registered.oid) {
    differences.push({ trait: 'oid', local: given.oid, reference: registered.oid, severity: 'major' });
  }
  return differences;
}
