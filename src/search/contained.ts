import { anyOf } from './combine.ts';
import type { Expression } from './expression.ts';
import type { TokenValue } from './index-values.ts';

/**
 * Contained resources are searched under a type and an id of their own, which no resource of a request can have:
 * `Medication#` and `MedicationRequest/1#med`.
 */

/** The name under which contained resources of a type are kept. */
export function containedType(type: string): string {
  return `${type}#`;
}

export function isContainedType(type: string): boolean {
  return type.endsWith('#');
}

/** The resource type behind a name, of contained resources or not. */
export function plainType(type: string): string {
  return isContainedType(type) ? type.slice(0, -1) : type;
}

/** The id of a contained resource, which is also its address below the base. */
export function containedId(container: { type: string; id: string }, localId: string): string {
  return `${container.type}/${container.id}#${localId}`;
}

/** The resource that contains the one of this id. */
export function containerOf(id: string): { type: string; id: string } {
  const [type = '', container = ''] = id.split(/[/#]/, 2);
  return { type, id: container };
}

/** The ids that contained resources have within their containers, as tokens. */
const localIds = '_id:local';

/** How the id of a contained resource is indexed. */
export function localIdValue(id: string): TokenValue {
  return { parameter: localIds, code: id };
}

/** A condition on resources as one on contained resources, whose ids are also those within their containers. */
export function withLocalIds(expression: Expression): Expression {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return { ...expression, operands: expression.operands.map(withLocalIds) };
    case 'not':
      return { ...expression, operand: withLocalIds(expression.operand) };
    case 'ids': {
      const local = expression.ids.map((code): Expression => ({ kind: 'token', parameter: localIds, code }));
      return anyOf([expression, ...local]);
    }
    default:
      return expression;
  }
}
