import { referencedType } from '../../fhir/reference.ts';
import { isObject } from '../objects.ts';
import { baseTypeOf, type DefinitionLibrary } from './definition-library.ts';
import type { Rule } from './rule.ts';
import type { Finding, Frame, RuleContext } from './rule-context.ts';

/** Resources that a document or message is built from: what they refer to is in the bundle. */
const heads: Readonly<Record<string, string>> = { document: 'Composition', message: 'MessageHeader' };

/**
 * The rule on what references lead to: what is said to be in the bundle is there, and of a type that the element allows
 * (bundle.html#references, documents.html#content); what was looked up elsewhere is there.
 */
export function referenceTargetRule(targets: readonly string[], library: DefinitionLibrary): Rule {
  const types = targets.map((target) => baseTypeOf(target, library.types));
  const allowed =
    types.length === 0 || types.includes('Resource') || types.includes(undefined) ? undefined : types;
  const wrongTarget = `The target must be of type ${types.join(' | ')}`;
  return ({ value }, context) => {
    const { frame } = context;
    if (!isObject(value)) return;
    const { reference } = value;
    if (typeof reference !== 'string' || reference.startsWith('#')) return;
    if (frame.bundle === undefined) {
      if (context.target(reference) === null) context.report(leadsNowhere, 'reference');
      return;
    }
    const target = context.resolve(reference);
    if (target === undefined) reportMissing(reference, frame, context);
    else if ((referencedType(reference) ?? target.resourceType) !== target.resourceType) {
      const diagnostics = 'The entry that this reference points to is of another type';
      context.report({ severity: 'error', code: 'value', diagnostics });
    }
    // The type that a relative reference names is checked with the structure.
    else if (
      allowed !== undefined &&
      referencedType(reference) === undefined &&
      !allowed.includes(target.resourceType)
    ) {
      context.report({ severity: 'error', code: 'value', diagnostics: wrongTarget });
    }
  };
}

const leadsNowhere: Finding = {
  severity: 'error',
  code: 'not-found',
  diagnostics: 'The reference leads nowhere: there is no such resource',
};

function reportMissing(reference: string, { bundle, container }: Frame, context: RuleContext): void {
  const isOfHead = heads[String(bundle?.type)] === container.resourceType;
  const isInside = /^urn:(?:uuid|oid):/.test(reference) || (isOfHead && /^[A-Z]/.test(reference));
  if (!isInside) return;
  const diagnostics = 'The bundle has no entry that this reference points to';
  // What its head speaks of, a document or message holds; the rest the receiver may have.
  context.report({ severity: isOfHead ? 'error' : 'warning', code: 'not-found', diagnostics });
}
