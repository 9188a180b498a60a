import type { ElementDefinition, ValueSet } from 'fhir/r4.d.ts';
import { withVersion } from '../../fhir/canonical.ts';
import { fhirError } from '../../fhir/error.ts';
import type { OperationInvocation } from '../../interactions/operation.ts';
import type { GivenParameters } from '../../interactions/operation-parameters.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { TerminologyScope } from '../../interactions/terminology/service.ts';
import { calledOn, checkVersion, givenResource } from './given.ts';

/** The value set that a call is about: with its definition, or its URL alone where it is not held. */
export type GivenValueSet = { held: ValueSet } | { unknown: string };

/** How a message names a value set. */
export function nameOf(valueSet: ValueSet): string {
  return valueSet.url === undefined
    ? 'the value set'
    : `the value set ${withVersion(valueSet.url, valueSet.version)}`;
}

/**
 * The value set that a call is about: the instance, `valueSet`, `url` with `valueSetVersion`, or `context`.
 * @throws FhirError 400 when it is given by none of them, or by several; 404 or 410 when the instance is not there, 404
 *   when the context has no binding
 */
export async function givenValueSet(
  spine: Spine,
  scope: TerminologyScope,
  given: GivenParameters,
  invocation: OperationInvocation,
): Promise<GivenValueSet> {
  const instance = await calledOn<ValueSet>(invocation);
  const sent = givenResource<ValueSet>(spine, given, 'valueSet', 'ValueSet');
  const url = given.text('url', 'uri', 'canonical');
  const context = given.text('context', 'uri');
  const ways = [instance, sent, url, context].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    const diagnostics = 'The value set is given by one of url, valueSet and context, or by its address';
    throw fhirError(400, ways.length === 0 ? 'required' : 'invalid', diagnostics, 'url');
  }
  const resource = instance ?? sent;
  if (resource !== undefined) return { held: resource };
  const canonical =
    url === undefined
      ? boundIn(scope, context as string, given.one('context')?.expression ?? 'context')
      : withVersion(url, given.text('valueSetVersion', 'string'));
  const held = await scope.valueSet(canonical);
  if (held !== undefined && url !== undefined) {
    const version = given.text('valueSetVersion', 'string');
    checkVersion('value set', held.version, version, 'valueSetVersion');
  }
  return held === undefined ? { unknown: canonical } : { held };
}

/**
 * The value set that an element is bound to, by the recommended form of a context: the URL of a StructureDefinition, `#`
 * and the path or the id of the element; for a type of R4 the path alone does.
 */
function boundIn({ held }: TerminologyScope, context: string, expression: string): string {
  const hash = context.indexOf('#');
  const path = context.slice(hash + 1);
  const type = path.split(/[.:]/)[0] ?? '';
  const canonical = hash < 0 ? `http://hl7.org/fhir/StructureDefinition/${type}` : context.slice(0, hash);
  const elements = held.structureDefinition(canonical)?.definition.snapshot?.element ?? [];
  const isMeant = ({ id, path: own }: ElementDefinition) => id === path || own === path;
  const valueSet = elements.find(isMeant)?.binding?.valueSet;
  if (valueSet !== undefined) return valueSet;
  throw fhirError(404, 'not-found', 'No value set is bound to an element of this context', expression);
}
