import { createHash } from 'node:crypto';
import { decimalText } from '../../fhir/json.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isAbsoluteUri } from '../absolute-uri.ts';
import { isObject } from '../objects.ts';
import type { Rule } from './rule.ts';

/** What is no URI is told with the structure. */
const isRelative = (uri: string) => !isAbsoluteUri(uri) && !/\s|^$/.test(uri);
/** The system of identifiers that are URIs themselves (identifier-registry.html). */
const uriSystem = 'urn:ietf:rfc:3986';

/** Rules of data types that their definitions have in prose alone, by type. */
export function datatypeRules(terminology: Terminology): ReadonlyMap<string, Rule> {
  return new Map([
    ['Coding', codingRule(terminology)],
    ['Identifier', identifierRule],
    ['Attachment', attachmentRule],
  ]);
}

/** The system is absolute (datatypes.html#Coding), and has the code where it is held whole. */
function codingRule(terminology: Terminology): Rule {
  return ({ value }, context) => {
    if (!isObject(value)) return;
    const { system, code, version } = value;
    if (typeof system !== 'string') return;
    if (isRelative(system)) {
      context.report({
        severity: 'error',
        code: 'code-invalid',
        diagnostics: 'The system of a code is an absolute URI',
      });
      return;
    }
    if (typeof code !== 'string') return;
    const coding = { system, code, version: typeof version === 'string' ? version : undefined };
    if (terminology.hasCode(coding) !== false) return;
    context.report(
      { severity: 'error', code: 'code-invalid', diagnostics: 'The code system has no such code' },
      'code',
    );
  };
}

/** The system is absolute, and the value is a URI where the system says so (datatypes.html#Identifier). */
const identifierRule: Rule = ({ value: identifier }, context) => {
  if (!isObject(identifier)) return;
  const { system, value } = identifier;
  if (typeof system !== 'string') return;
  if (isRelative(system)) {
    const diagnostics = 'The system of an identifier is an absolute URI';
    context.report({ severity: 'error', code: 'code-invalid', diagnostics });
  } else if (system === uriSystem && typeof value === 'string' && !isAbsoluteUri(value)) {
    const diagnostics = 'The value of an identifier of the system urn:ietf:rfc:3986 is an absolute URI';
    context.report({ severity: 'error', code: 'code-invalid', diagnostics }, 'value');
  }
};

/** Size and hash are those of the data (datatypes.html#Attachment). */
const attachmentRule: Rule = ({ value }, context) => {
  if (!isObject(value) || typeof value['data'] !== 'string') return;
  const size = decimalText(value['size']);
  const { hash } = value;
  if (size === undefined && typeof hash !== 'string') return;
  const data = Buffer.from(value['data'], 'base64');
  if (size !== undefined && Number(size) !== data.length) {
    const diagnostics = 'The size is not that of the data';
    context.report({ severity: 'error', code: 'value', diagnostics });
  }
  if (typeof hash === 'string' && createHash('sha1').update(data).digest('base64') !== hash) {
    const diagnostics = 'The hash is not the SHA-1 of the data';
    context.report({ severity: 'error', code: 'value', diagnostics });
  }
};
