/**
 * Unit verification (WS_INS3). Its contract is not public: the element names of the request were seen in
 * vendor samples, the rest comes from the configuration. Off by default, and every trace says
 * `not-confirmed`.
 */
import { natureOf } from '../ins-identifier.ts';
import { matriculeKey } from '../matricule.ts';
import type { StrictTraits } from '../traits.ts';
import { safeCode } from './answer.ts';
import { bodyElement } from './envelope.ts';
import type { Exchange } from './exchange.ts';
import type { GivenIns, InsiTrace, VerificationAnswer } from './port.ts';
import { planSearch, type SearchPlan } from './search-request.ts';
import type { UnitVerificationContract } from './settings.ts';
import { addExchange, startTrace } from './trace.ts';
import { childOf, type XmlElement } from './xml-reader.ts';
import { element } from './xml-writer.ts';

/** Verifies an INS with INSi's own operation, which answers yes or no and returns no identity. */
export async function verifyByUnit(
  exchange: Exchange,
  contract: UnitVerificationContract,
  source: InsiTrace['source'],
  ins: GivenIns,
  traits: StrictTraits,
  now: () => number,
): Promise<VerificationAnswer> {
  const trace = startTrace(source, contract.operation, 'not-confirmed', now);
  const planned = planSearch(traits);
  if ('failure' in planned) return { ...planned.failure, trace };
  const result = await exchange(contract.operation, unitBody(contract, ins, planned.plan));
  if (result.kind === 'failure')
    return { ...result.failure, trace: addExchange(trace, result, undefined, now) };
  const code = safeCode(findText(result.element, contract.answerNamespace, contract.codeElement));
  const ended = addExchange(trace, result, code, now);
  if (code === undefined) return { outcome: 'unavailable', reason: 'malformed-answer', trace: ended };
  const common = { differences: [], rawAnswer: result.raw, trace: ended };
  if (contract.verifiedCodes.includes(code)) return { outcome: 'verified', ...common };
  if (contract.mismatchCodes.includes(code)) return { outcome: 'mismatch', ...common };
  return { outcome: 'unknown-code', code, rawAnswer: result.raw, trace: ended };
}

function unitBody(contract: UnitVerificationContract, ins: GivenIns, plan: SearchPlan): string {
  return element(bodyElement(contract.requestElement, contract.requestNamespace), [
    element('IndividuVerifie', [
      element('INSFourni', [
        element('IdIndividu', [
          element('NumIdentifiant', ins.number),
          element('Cle', matriculeKey(ins.number)),
          element('TypeMatricule', natureOf(ins.oid) ?? 'NIR'),
        ]),
        element('OID', ins.oid),
      ]),
      element('TraitsIdentiteIndividu', [
        element('NomNaissance', plan.birthName),
        element('Prenom', plan.givenNames[0]),
        element('ListePrenom', plan.givenNames.at(-1)),
        element('Sexe', plan.sex),
        element('DateNaissance', plan.birthDate),
        element('LieuNaissance', plan.birthPlace),
      ]),
    ]),
  ]);
}

function findText(root: XmlElement, namespace: string, name: string): string | undefined {
  if (root.namespace === namespace && root.name === name) return root.text.trim();
  const direct = childOf(root, namespace, name);
  if (direct !== undefined) return direct.text.trim();
  for (const child of root.children) {
    const text = findText(child, namespace, name);
    if (text !== undefined) return text;
  }
  return undefined;
}
