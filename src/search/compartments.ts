import type { R4Definitions } from '../fhir/definitions/model.ts';
import { anyOf } from './combine.ts';
import type { Expression } from './expression.ts';

/** What of the definitions tells which resources are in a compartment (compartmentdefinition.html). */
type Compartments = Pick<R4Definitions, 'compartments'>;

/**
 * The reference parameters by which resources of a type belong to a compartment; `undefined` when they never do. The
 * resource that a compartment is named after belongs to it without any.
 */
export function compartmentParameters(
  { compartments }: Compartments,
  compartment: string,
  type: string,
): readonly string[] | undefined {
  const members = compartments[compartment];
  if (members === undefined) return undefined;
  if (!Object.hasOwn(members, type)) return type === compartment ? [] : undefined;
  return (members[type] ?? []).filter((parameter) => parameter !== '{def}');
}

/** What resources of a type meet that are in the compartment of one resource; nothing meets it where none can be. */
export function inCompartment(
  definitions: Compartments,
  compartment: string,
  id: string,
  type: string,
): Expression {
  const references = (compartmentParameters(definitions, compartment, type) ?? []).map(
    (parameter): Expression => ({ kind: 'reference', parameter, type: compartment, id }),
  );
  return anyOf(type === compartment ? [{ kind: 'ids', ids: [id] }, ...references] : references);
}
