import { isId, parseReference } from '../../fhir/reference.ts';
import { anyOf } from '../combine.ts';
import { identifierParameter, versionsParameter } from '../derived-parameters.ts';
import type { Expression } from '../expression.ts';
import { hierarchicalTargets, inHierarchy } from '../reference-hierarchy.ts';
import type { SearchParameter } from '../search-parameter.ts';
import { type CriterionContext, malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes } from './escapes.ts';
import { parseTokenValue } from './token.ts';

const EXPECTED = 'id, Type/id or an absolute URL';

/**
 * search.html#reference; the modifier is the type of an id without one, or `identifier` for the logical identifier
 * of the reference, or `above` or `below` for the hierarchy of its target; of a canonical, `below` finds the versions
 * that begin with the one that is given. Versions of references are ignored.
 */
export const parseReferenceValue: ValueParser = (parameter, value, context, type) => {
  const { code } = parameter;
  const { name, baseUrls } = context;
  if (type === 'identifier') {
    return parseTokenValue({ ...parameter, code: identifierParameter(code) }, value, context, undefined);
  }
  const text = resolveEscapes(value);
  if (type === 'below' && parameter.canonicalTargets.length > 0 && !isId(text)) {
    return anyOf(
      [code, versionsParameter(code)].map((one) => ({ kind: 'reference', parameter: one, url: text })),
    );
  }
  if (type === 'above' || type === 'below') return related(parameter, text, type, context);
  if (isId(text)) {
    return { kind: 'reference', parameter: code, ...(type === undefined ? {} : { type }), id: text };
  }
  const target = parseReference(text, baseUrls);
  switch (target?.kind) {
    case 'local':
      if (type !== undefined && type !== target.type) {
        throw malformedValue(name, `an id or a reference to a ${type}`);
      }
      return { kind: 'reference', parameter: code, type: target.type, id: target.id };
    case 'absolute':
      return { kind: 'reference', parameter: code, url: target.url };
    case 'urn':
      return { kind: 'reference', parameter: code, url: target.urn };
    default:
      throw malformedValue(name, EXPECTED);
  }
};

/** The resource that is named, and those above or below it in its type's hierarchy. */
function related(
  parameter: SearchParameter,
  text: string,
  direction: 'above' | 'below',
  { parameters, baseUrls, name }: CriterionContext,
): Expression {
  const target = parseReference(text, baseUrls);
  const types = hierarchicalTargets(parameter, parameters).filter(
    (type) => isId(text) || (target?.kind === 'local' && target.type === type),
  );
  if (types.length === 0) throw malformedValue(name, 'the id of a resource whose type has a hierarchy');
  const id = target?.kind === 'local' ? target.id : text;
  return anyOf(types.map((type) => inHierarchy(parameter, type, id, direction, parameters)));
}
