import { isId, parseReference } from '../../fhir/reference.ts';
import { identifierParameter } from '../derived-parameters.ts';
import { malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes } from './escapes.ts';
import { parseTokenValue } from './token.ts';

const EXPECTED = 'id, Type/id or an absolute URL';

/**
 * search.html#reference; the modifier is the type of an id without one, or `identifier` for the logical identifier
 * of the reference. Versions of references are ignored.
 */
export const parseReferenceValue: ValueParser = (parameter, value, context, type) => {
  const { code } = parameter;
  const { name, baseUrls } = context;
  if (type === 'identifier') {
    return parseTokenValue({ ...parameter, code: identifierParameter(code) }, value, context, undefined);
  }
  const text = resolveEscapes(value);
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
