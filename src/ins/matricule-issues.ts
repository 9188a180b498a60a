import type { Issue } from '../fhir/error.ts';
import { type CoherenceFacts, type CoherenceRemark, matriculeCoherence } from './coherence.ts';
import { type MatriculeReading, readMatricule, recordedMatriculeProblem } from './matricule.ts';

/** What is found in the matricule of a record. */
export interface MatriculeIssues {
  /** Why it is no matricule as it stands, without repeating it. */
  problem?: { kind: 'form' | 'key'; diagnostics: string };
  /** What it says of the traits of the record; none for what is no matricule. */
  remarks: { trait: CoherenceRemark['trait']; issue: Issue }[];
}

/**
 * The form and key of a matricule and its coherence with the record.
 * @param expression FHIRPath of the matricule
 */
export function matriculeIssues(
  matricule: string,
  facts: CoherenceFacts,
  expression: string,
): MatriculeIssues {
  const reading = readMatricule(matricule);
  const diagnostics = recordedMatriculeProblem(reading);
  const remarks = reading.outcome === 'valid' ? matriculeCoherence(reading.matricule, facts) : [];
  return {
    ...(diagnostics === undefined ? {} : { problem: { kind: kindOf(reading), diagnostics } }),
    remarks: remarks.map((remark) => ({ trait: remark.trait, issue: coherenceIssue(remark, expression) })),
  };
}

function kindOf({ outcome }: MatriculeReading): 'form' | 'key' {
  return outcome === 'invalid-key' ? 'key' : 'form';
}

const traitNames: Readonly<Record<CoherenceRemark['trait'], string>> = {
  sex: 'the sex',
  birthYear: 'the year of birth',
  birthMonth: 'the month of birth',
  birthPlace: 'the birth place',
};

function coherenceIssue({ trait, code }: CoherenceRemark, expression: string): Issue {
  const texts: Readonly<Record<CoherenceRemark['code'], string>> = {
    differs: `The matricule says otherwise than the record on ${traitNames[trait]}`,
    'not-comparable': `The matricule does not tell ${traitNames[trait]}: the civil record was incomplete`,
    'historical-coding': `The matricule tells ${traitNames[trait]} by a former code`,
  };
  const severity = code === 'differs' ? ('warning' as const) : ('information' as const);
  return {
    severity,
    code: severity === 'warning' ? 'conflict' : 'informational',
    diagnostics: texts[code],
    expression,
  };
}
