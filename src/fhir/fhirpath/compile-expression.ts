import type { R4Definitions } from '../definitions/model.ts';
import { FhirPathError } from './error.ts';
import { Compiler } from './evaluation/compile.ts';
import { Node } from './evaluation/node.ts';
import { isTruth, type Plan } from './evaluation/plan.ts';
import { Scope } from './evaluation/scope.ts';
import type { Temporal } from './evaluation/temporal.ts';
import { type TypeInfo, type Types, typesOf } from './evaluation/types.ts';
import { truthOf } from './evaluation/values.ts';
import type { Environment, Expression, Focus } from './expression.ts';
import { parseFhirPath } from './parse.ts';

const longestExpression = 20_000;

/**
 * Compiles a FHIRPath expression (N1 as R4 uses it) into closures typed by the R4 definitions.
 * @param start the type of the focus: `Patient`, `HumanName`, `string`; for an element defined in place its path, such as
 *   `Patient.contact`; for a choice the path of one type, such as `Observation.valueQuantity`, or that of all of them, such as
 *   `Observation.value[x]`, where each focus tells its own
 * @throws FhirPathError on bad syntax, an unknown function, type, element or variable, or an expression that is too long
 */
export function compileExpression(text: string, start: string, definitions: R4Definitions): Expression {
  if (text.length > longestExpression) {
    throw new FhirPathError(`More than ${longestExpression} characters`, `${text.slice(0, 100)}…`);
  }
  const types = typesOf(definitions);
  const starts = types.at(start);
  if (starts.length === 0) throw new FhirPathError(`No type at ${start}`, text);
  const plan = new Compiler(text, types).compile(parseFhirPath(text), starts);
  const [only] = starts;
  const nodeOf =
    starts.length === 1 && only !== undefined && !(only.isAbstract && only.kind === 'resource')
      ? ({ value, companion }: Focus) => new Node(value ?? undefined, companion, only)
      : (focus: Focus) => openNode(focus, starts, types, text);
  return {
    evaluate(focus, environment) {
      const node = nodeOf(focus);
      return plan.nodes(node, scopeOf(environment, node, types, text)).map(plainValue);
    },
    test(focus, environment) {
      const node = nodeOf(focus);
      const scope = scopeOf(environment, node, types, text);
      scope.spend(1);
      return holds(plan, node, scope);
    },
  };
}

/** A focus whose type only it knows: a resource, or one of the types of a choice. */
function openNode(
  { value, companion, type }: Focus,
  starts: readonly TypeInfo[],
  types: Types,
  text: string,
): Node {
  const [first] = starts;
  const own =
    starts.length === 1 && first?.kind === 'resource'
      ? types.ofResource(value)
      : starts.find(({ name }) => name === type);
  if (own === undefined) throw new FhirPathError('The focus does not tell its type', text);
  return new Node(value ?? undefined, companion, own);
}

/** As the HL7 validator has it, several values are true like one. */
function holds(plan: Plan, node: Node, scope: Scope): boolean {
  if (isTruth(plan)) return plan.truth(node, scope) === true;
  const nodes = plan.nodes(node, scope);
  return nodes.length > 1 || truthOf(nodes, scope) === true;
}

function scopeOf(environment: Environment, focus: Node, types: Types, text: string): Scope {
  const { context } = environment;
  const contextNode =
    context === undefined
      ? focus
      : new Node(context.value, context.companion, contextType(context.value, focus.type, types));
  return new Scope(environment, types, contextNode, text);
}

function contextType(value: unknown, other: TypeInfo, types: Types): TypeInfo {
  const isResource = typeof (value as { resourceType?: unknown } | undefined)?.resourceType === 'string';
  return isResource ? types.ofResource(value) : other;
}

function plainValue({ value, companion, type }: Node): unknown {
  const isMade = type.kind === 'system';
  if (isMade && (type.name === 'Date' || type.name === 'DateTime' || type.name === 'Time')) {
    return (value as Temporal).text;
  }
  return value ?? companion;
}
