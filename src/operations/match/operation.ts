import type { Patient } from 'fhir/r4.d.ts';
import { FhirError, fhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters } from '../../interactions/operation-parameters.ts';
import { visibleBody } from '../../interactions/presentation.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import { bundleBody } from '../../interactions/searchset.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { StoredVersion } from '../../store/contract.ts';
import { matchCandidates, tooFewTraits } from './candidates.ts';
import { matchScore } from './score.ts';
import { matchTraits } from './traits.ts';

/** Codes of http://terminology.hl7.org/CodeSystem/match-grade, `certainly-not` being left out. */
type Grade = 'certain' | 'probable' | 'possible';

const gradeUrl = 'http://hl7.org/fhir/StructureDefinition/match-grade';
const defaultCount = 20;
const largestCount = 100;

/** Probabilities from which a match is probable, and possible; below it is not sent. */
const probable = 0.8;
const possible = 0.1;

interface Match {
  version: StoredVersion;
  body: Buffer;
  probability: number;
  grade: Grade;
}

/**
 * `Patient/$match` (R4 patient-operation-match): the Patients that may be the person given, most likely first, with
 * the probability as `search.score` and its grade. One conclusive match is `certain` as long as it is alone: of
 * several none is, for then an identity is recorded twice or two persons share their traits. What a caller may not
 * see of a Patient is not compared either, so that a score tells nothing of it.
 */
export function matchOperation(spine: Spine): Operation {
  return {
    code: 'match',
    definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
    types: ['Patient'],
    levels: { type: true, instance: false },
    affectsState: false,
    action: 's',
    resourceParameter: 'resource',
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, { request, parameters }: OperationInvocation): Promise<FhirResponse> {
  const given = new GivenParameters('match', parameters, { resource: 1, onlyCertainMatches: 1, count: 1 });
  const traits = matchTraits(givenPatient(spine, given));
  const onlyCertain = given.boolean('onlyCertainMatches') ?? false;
  const count = Math.min(given.positiveInteger('count') ?? defaultCount, largestCount);
  const candidates = await matchCandidates(request.access.store, traits);
  if (candidates === tooFewTraits) {
    const needed = 'an identifier with its system, or two of family name, given name and birth date';
    throw fhirError(422, 'incomplete', `To match a person takes ${needed}`, 'Patient');
  }
  const scored = candidates.map((version) => {
    const body = visibleBody(spine, version);
    return { version, body, ...matchScore(traits, matchTraits(parseJson(body) as Patient)) };
  });
  const alone = scored.filter(({ conclusive }) => conclusive).length === 1;
  const matches = scored
    .flatMap(({ version, body, probability, conclusive }): Match[] => {
      const grade = gradeOf(probability, conclusive && alone);
      return grade === undefined ? [] : [{ version, body, probability, grade }];
    })
    .filter(({ grade }) => !onlyCertain || grade === 'certain')
    .sort((a, b) => b.probability - a.probability || (a.version.id < b.version.id ? -1 : 1))
    .slice(0, count);
  const entries = matches.map((match) => entry(spine, match));
  return { status: 200, body: bundleBody({ type: 'searchset', total: matches.length }, entries) };
}

/** @throws FhirError 400 when there is none, 422 when its structure is not that of a Patient */
function givenPatient(spine: Spine, given: GivenParameters): Patient {
  const parameter = given.one('resource');
  if (parameter?.resource?.resourceType !== 'Patient') {
    const expression = parameter?.expression ?? 'Parameters.parameter';
    throw fhirError(400, 'required', '$match takes a Patient as resource', expression);
  }
  const errors = spine.validator.validate(parameter.resource).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new FhirError(422, errors);
  return parameter.resource as unknown as Patient;
}

function gradeOf(probability: number, certain: boolean): Grade | undefined {
  if (certain && probability >= probable) return 'certain';
  if (probability >= probable) return 'probable';
  return probability >= possible ? 'possible' : undefined;
}

function entry(spine: Spine, { version, body, probability, grade }: Match): Buffer[] {
  const search = {
    extension: [{ url: gradeUrl, valueCode: grade }],
    mode: 'match',
    score: Number(probability.toFixed(4)),
  };
  return [
    Buffer.from(`{"fullUrl":"${spine.baseUrl}/Patient/${version.id}","resource":`),
    body,
    Buffer.from(`,"search":${JSON.stringify(search)}}`),
  ];
}
