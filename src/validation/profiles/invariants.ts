import type { ElementDefinition, ElementDefinitionConstraint } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../../fhir/canonical.ts';
import type { R4Definitions } from '../../fhir/definitions/model.ts';
import { compileExpression } from '../../fhir/fhirpath/compile-expression.ts';
import { FhirPathError } from '../../fhir/fhirpath/error.ts';
import type { Expression } from '../../fhir/fhirpath/expression.ts';
import { isObject } from '../objects.ts';
import type { Rule } from './rule.ts';

const bestPractice = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice';

/** Invariants that the check of the structure covers, or that are checked without an expression. */
const covered = new Set(['ele-1', 'ext-1', 'ref-1', 'dom-2', 'dom-3', 'bdl-7', 'sqty-1']);

/**
 * Invariants of R4 whose expressions do not say what their texts say, with the expressions that do; later versions of FHIR
 * and other validators have them.
 */
const corrected: Readonly<Record<string, string>> = {
  'txt-2': 'htmlChecks2()',
  'que-12': 'enableWhen.count() > 1 implies enableBehavior.exists()',
  'vs-1': '($this is dateTime) implies $this.toString().length() >= 8',
};

/** Invariants of R4 on contained resources, which most resources have none of. */
const onContained = new Set(['dom-4', 'dom-5']);

/** The expression of an invariant, of one of R4 the corrected one. */
function expressionOf(
  { key, expression = '', source }: ElementDefinitionConstraint,
  profile: string,
): string {
  return isR4(source ?? profile) && Object.hasOwn(corrected, key)
    ? (corrected[key] ?? expression)
    : expression;
}

function isR4(canonical: string): boolean {
  return canonical.startsWith(structureDefinitionsOfR4);
}

/** The invariants of an element that are to be checked. */
export function constraintsOf(
  { constraint }: ElementDefinition,
  withAdvice: boolean,
): readonly ElementDefinitionConstraint[] {
  return (constraint ?? []).filter(
    ({ key, expression, extension }) =>
      expression !== undefined &&
      !covered.has(key) &&
      (withAdvice ||
        !(extension?.some(({ url, valueBoolean }) => url === bestPractice && valueBoolean) ?? false)),
  );
}

/** Compiles invariants, each when it is first needed and once per type that it is evaluated on. */
export class InvariantCompiler {
  readonly #types: R4Definitions;
  readonly #compiled = new Map<string, Expression | FhirPathError>();

  constructor(types: R4Definitions) {
    this.#types = types;
  }

  /**
   * The rule that an invariant holds.
   * @param start type or path that the expression starts from; of a choice, each value tells its own type
   */
  rule(constraint: ElementDefinitionConstraint, start: string, profile: string): Rule {
    const { key, severity, human } = constraint;
    const text = expressionOf(constraint, profile);
    const source = constraint.source ?? profile;
    const byType = new Map<string, Expression | FhirPathError>();
    const isOnContained = onContained.has(key) && isR4(source);
    const isWarning = severity !== 'error';
    return (occurrence, context) => {
      if (isWarning && !context.seeksWarnings) return;
      if (isOnContained && isObject(occurrence.value) && occurrence.value['contained'] === undefined) return;
      const type = occurrence.type ?? start;
      let expression = byType.get(type);
      if (expression === undefined) {
        expression = this.#expression(text, type);
        byType.set(type, expression);
      }
      const { environment } = context.frame;
      if (expression instanceof FhirPathError) {
        // Some invariants of R4 itself name elements that their type does not have, such as cid-0.
        if (isR4(source)) return;
        const diagnostics = `The invariant ${key} cannot be evaluated here: it was not checked`;
        context.report({
          severity: 'warning',
          code: 'not-supported',
          diagnostics,
          profile: source,
          constraint: key,
        });
        return;
      }
      if (environment.work.steps <= 0) return;
      try {
        if (expression.test(occurrence, environment)) return;
      } catch (error) {
        if (!(error instanceof FhirPathError)) throw error;
        if (environment.work.steps <= 0) return;
      }
      context.report({ severity, code: 'invariant', diagnostics: human, profile: source, constraint: key });
    };
  }

  #expression(text: string, start: string): Expression | FhirPathError {
    const key = `${start}\n${text}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      try {
        compiled = compileExpression(text, start, this.#types);
      } catch (error) {
        if (!(error instanceof FhirPathError)) throw error;
        compiled = error;
      }
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }
}
