import type { Parameters, ParametersParameter } from 'fhir/r4.d.ts';
import { type Issue, operationOutcome } from '../../fhir/error.ts';
import { patientOfTraits } from '../patient-traits.ts';
import type { Check } from './check.ts';
import { answerIssue } from './outcome.ts';
import { activeIdentifier, formerIdentifiers } from './verified-patient.ts';

/**
 * The Parameters that `$verify-ins` answers with. Matricules are in it for a verified identity alone: the caller is
 * the one who asked INSi about this person.
 */
export function answerParameters(check: Check & { kind: 'answered' }): Parameters {
  const { outcome, previous, decided, traits, trace, identity, differences } = check;
  const verified = outcome === 'verified';
  const parameter: ParametersParameter[] = [
    { name: 'result', valueBoolean: verified },
    { name: 'outcome', valueCode: outcome },
    { name: 'identityStatus', valueCode: decided.status },
    { name: 'previousStatus', valueCode: previous.status },
  ];
  if (trace.insiCode !== undefined) parameter.push({ name: 'insiCode', valueCode: trace.insiCode });
  const messageId = trace.messageIds.at(-1);
  if (messageId !== undefined) parameter.push({ name: 'messageId', valueString: messageId });
  parameter.push(
    { name: 'checkedAt', valueInstant: trace.checkedAt },
    { name: 'source', valueCode: trace.source },
  );
  if (identity !== undefined) {
    if (verified) {
      parameter.push({ name: 'ins', valueIdentifier: activeIdentifier(identity) });
      for (const former of formerIdentifiers(identity))
        parameter.push({ name: 'history', valueIdentifier: former });
    }
    parameter.push({
      name: 'traits',
      resource: patientOfTraits(identity.traits, verified ? traits.firstGivenName : undefined),
    });
  }
  for (const { trait, local, reference, severity } of differences) {
    const part: ParametersParameter[] = [{ name: 'trait', valueCode: trait }];
    if (trait !== 'matricule') {
      if (local !== undefined) part.push({ name: 'local', valueString: local });
      if (reference !== undefined) part.push({ name: 'reference', valueString: reference });
    }
    part.push({ name: 'severity', valueCode: severity });
    parameter.push({ name: 'difference', part });
  }
  const issues = [answerIssue(outcome)];
  if (identity?.active.keyVerified === false) issues.push(keyWarning);
  parameter.push({ name: 'issues', resource: operationOutcome(issues) });
  return { resourceType: 'Parameters', parameter };
}

const keyWarning: Issue = {
  severity: 'warning',
  code: 'value',
  diagnostics: 'The key that INSi returned does not fit the number; INSi is the reference, and it was kept',
};
