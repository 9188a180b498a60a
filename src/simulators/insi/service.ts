import { type SimulatedFault, writeFault, writeResult, writeUnitResult } from './answer-writer.ts';
import { faults } from './faults.ts';
import { findPersons, isVerified } from './matching.ts';
import type { SimulatedPerson } from './persons.ts';
import type { SimulatedRequest } from './request-reader.ts';
import type { SimulatorSwitches } from './switches.ts';

/** An answer over HTTP. */
export interface SimulatedAnswer {
  status: number;
  xml: string;
}

/** Who may call: what the real service knows from its certificates and its register of software. */
export interface Caller {
  /** CN of the client certificate; null over TLS without one, undefined without TLS. */
  certificateName: string | null | undefined;
  authorisedSoftware: readonly string[];
}

/** What the service answers to a request that meets no outage. */
export function serve(
  request: SimulatedRequest,
  caller: Caller,
  persons: readonly SimulatedPerson[],
  switches: SimulatorSwitches,
): SimulatedAnswer {
  const refusal = refusalOf(request, caller);
  if (refusal !== undefined) return faultAnswer(refusal, request, switches);
  switch (request.operation) {
    case 'rechercherInsAvecTraitsIdentite':
      return search(request, persons, switches);
    case 'verifierInsAvecTraitsIdentite':
      return verify(request, persons, switches);
    default:
      return faultAnswer(faults.unknownOperation, request, switches);
  }
}

/** A fault goes with status 500. */
export function faultAnswer(
  fault: SimulatedFault,
  request: SimulatedRequest | undefined,
  switches: SimulatorSwitches,
): SimulatedAnswer {
  return { status: 500, xml: writeFault(fault, request?.messageId, switches) };
}

function refusalOf(request: SimulatedRequest, caller: Caller): SimulatedFault | undefined {
  const { certificateName } = caller;
  if (certificateName !== undefined && !['INSI-AUTO', 'INSI-MANU'].includes(certificateName ?? '')) {
    return faults.insufficientRights;
  }
  if (!caller.authorisedSoftware.includes(request.authorisationNumber ?? '')) return faults.unknownSoftware;
  return request.hasHeaders ? undefined : faults.insufficientRights;
}

function search(
  request: SimulatedRequest,
  persons: readonly SimulatedPerson[],
  switches: SimulatorSwitches,
): SimulatedAnswer {
  const isSearch =
    request.bodyName === 'RECSANSVITALE' && request.bodyNamespace === 'http://www.cnamts.fr/INSiRecSans';
  if (!isSearch) return faultAnswer(faults.unknownOperation, request, switches);
  const match = findPersons(persons, request.fields);
  if ('fault' in match) return faultAnswer(match.fault, request, switches);
  const [person, another] = match.found;
  if (another !== undefined) return { status: 200, xml: writeResult('02', undefined, switches) };
  if (person !== undefined) return { status: 200, xml: writeResult('00', person, switches) };
  return switches.missingPerson === '01'
    ? { status: 200, xml: writeResult('01', undefined, switches) }
    : faultAnswer(faults.technicalError, request, switches);
}

function verify(
  request: SimulatedRequest,
  persons: readonly SimulatedPerson[],
  switches: SimulatorSwitches,
): SimulatedAnswer {
  if (!switches.unitVerification || request.bodyName !== 'RequeteUnitaire') {
    return faultAnswer(faults.unknownOperation, request, switches);
  }
  const matches = isVerified(persons, request.fields, switches.nirOid);
  return { status: 200, xml: writeUnitResult(matches, switches) };
}
