import { fhirError } from '../fhir/error.ts';
import type { CodeSystemIndex } from './code-system-index.ts';

/** A code of http://hl7.org/fhir/concept-subsumption-outcome. */
export type SubsumptionOutcome = 'equivalent' | 'subsumes' | 'subsumed-by' | 'not-subsumed';

/**
 * How one code stands to another in the hierarchy of their code system (codesystem-operation-subsumes.html).
 * @throws FhirError 404 when a code is none of the code system, 422 when that cannot be decided
 */
export function subsumption(index: CodeSystemIndex, codeA: string, codeB: string): SubsumptionOutcome {
  const [a, b] = [conceptOf(index, codeA), conceptOf(index, codeB)];
  if (a === b) return 'equivalent';
  if (!index.hasSubsumption) {
    throw fhirError(
      422,
      'not-supported',
      `The hierarchy of ${index.header.url} is none of kinds and their kinds`,
    );
  }
  if (index.above(b).has(a)) return 'subsumes';
  if (index.above(a).has(b)) return 'subsumed-by';
  if (!index.isComplete) {
    throw fhirError(422, 'not-supported', `A part alone of ${index.header.url} is held here`);
  }
  return 'not-subsumed';
}

/**
 * The concept of a code, by its number.
 * @throws FhirError 404 when there is none, 422 where a part of the code system alone is held
 */
function conceptOf(index: CodeSystemIndex, code: string): number {
  const concept = index.find(code);
  if (concept !== undefined) return concept;
  const { url, version } = index.header;
  const system = `${url}${version === undefined ? '' : ` version ${version}`}`;
  if (index.isComplete) throw fhirError(404, 'not-found', `The code ${code} is not known in ${system}`);
  throw fhirError(422, 'not-supported', `The code ${code} is not in the part of ${system} that is held here`);
}
