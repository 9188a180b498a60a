import { createHash } from 'node:crypto';
import type { ConformanceResources } from '../../fhir/conformance/conformance-resources.ts';
import { decimalText } from '../../fhir/json.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isAbsoluteUri } from '../absolute-uri.ts';
import { isObject } from '../objects.ts';
import type { Rule } from './rule.ts';
import { systemUrlProblem } from './system-urls.ts';

/** What is no URI is told with the structure. */
const isRelative = (uri: string) => !isAbsoluteUri(uri) && !/\s|^$/.test(uri);
/** The system of identifiers that are URIs themselves (identifier-registry.html). */
const uriSystem = 'urn:ietf:rfc:3986';

const noSuchCode = 'The code system has no such code';

/** Rules of data types that their definitions have in prose alone, by type. */
export function datatypeRules(
  terminology: Terminology,
  conformance: ConformanceResources,
): ReadonlyMap<string, Rule> {
  const unit = unitRule(terminology);
  return new Map([
    ...['Quantity', 'Age', 'Count', 'Distance', 'Duration'].map((type) => [type, unit] as const),
    ['Coding', codingRule(terminology, systemUrlProblem(conformance))],
    ['Identifier', identifierRule],
    ['Attachment', attachmentRule],
    ['Meta', securityRule],
  ]);
}

/** The system is absolute (datatypes.html#Coding), has the code where it is held whole, and names it so where it is held. */
function codingRule(terminology: Terminology, problemOf: (system: string) => string | undefined): Rule {
  return ({ value }, context) => {
    if (!isObject(value)) return;
    const { system, code, version, display } = value;
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
    const coding = {
      system,
      code,
      version: typeof version === 'string' ? version : undefined,
      display: typeof display === 'string' ? display : undefined,
    };
    const isHeld = terminology.hasCode(coding);
    const problem = isHeld === undefined ? problemOf(system) : undefined;
    if (problem !== undefined) {
      context.report({ severity: 'error', code: 'code-invalid', diagnostics: problem });
    } else if (isHeld === false) {
      context.report({ severity: 'error', code: 'code-invalid', diagnostics: noSuchCode }, 'code');
    } else if (isHeld && coding.display !== undefined && context.seeksWarnings) {
      const { language } = context.frame.resource;
      if (terminology.hasName(coding, typeof language === 'string' ? language : undefined) !== false) return;
      const diagnostics = 'The display is none of the names of the code';
      context.report({ severity: 'error', code: 'invalid', diagnostics, refusesNoWrite: true }, 'display');
    }
  };
}

/** The system of units has the unit (datatypes.html#Quantity). */
function unitRule(terminology: Terminology): Rule {
  return ({ value: quantity }, context) => {
    if (!isObject(quantity)) return;
    const { system, code } = quantity;
    if (typeof system !== 'string' || typeof code !== 'string') return;
    if (terminology.hasCode({ system, code }) !== false) return;
    context.report({ severity: 'error', code: 'code-invalid', diagnostics: noSuchCode }, 'code');
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

/** A security label is given once (resource.html#security-labels). */
const securityRule: Rule = ({ value }, context) => {
  const labels = isObject(value) ? value['security'] : undefined;
  if (!Array.isArray(labels) || labels.length < 2) return;
  const seen = new Set<string>();
  for (const [index, label] of labels.entries()) {
    if (!isObject(label)) continue;
    const key = `${String(label['system'])}|${String(label['code'])}`;
    if (seen.has(key)) {
      const diagnostics = 'This security label is given already';
      context.report({ severity: 'error', code: 'duplicate', diagnostics }, `security[${index}]`);
    }
    seen.add(key);
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
