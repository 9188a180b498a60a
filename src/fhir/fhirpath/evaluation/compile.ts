import { FhirPathError } from '../error.ts';
import type { Syntax } from '../syntax.ts';
import { Call, type Place } from './call.ts';
import { functions } from './functions/table.ts';
import { isIndependent, isWorthRemembering } from './independence.ts';
import { Node, type Nodes, nothing, text } from './node.ts';
import {
  andPlan,
  equalityPlan,
  literalMembershipPlan,
  negativePlan,
  operationPlan,
  orPlan,
  unionPlan,
} from './operators.ts';
import { focusPlan, memberPlan } from './paths.ts';
import { collectionPlan, numberPlan, type Plan, singlePlan } from './plan.ts';
import { temporal } from './temporal.ts';
import { isOfType, ofTypePlan, typeTestPlan } from './type-tests.ts';
import { system, type TypeInfo, type Types } from './types.ts';
import { singleNumber } from './values.ts';

/** Compiles the syntax of an expression to plans; one compiler an expression. */
export class Compiler {
  readonly types: Types;
  readonly #text: string;

  constructor(text: string, types: Types) {
    this.#text = text;
    this.types = types;
  }

  /** @param start the types that the focus may have */
  compile(syntax: Syntax, start: readonly TypeInfo[]): Plan {
    return this.plan(syntax, { self: focusPlan(start), context: start });
  }

  plan(syntax: Syntax, place: Place): Plan {
    const plan = this.#planOf(syntax, place);
    return isIndependent(syntax) && isWorthRemembering(syntax) ? remembered(plan, memoryOf(syntax)) : plan;
  }

  #planOf(syntax: Syntax, place: Place): Plan {
    switch (syntax.kind) {
      case 'this':
        return place.self;
      case 'variable':
        return syntax.name === 'index'
          ? singlePlan(system.Integer, (_, scope) => new Node(scope.index, undefined, system.Integer))
          : collectionPlan(undefined, (_, scope) => scope.total);
      case 'constant':
        return this.#constant(syntax.name, place);
      case 'nothing':
        return collectionPlan([], () => nothing);
      case 'literal':
        return literalPlan(syntax);
      case 'temporal':
        return this.#temporal(syntax.text);
      case 'quantity':
        return constantPlan(new Node({ value: syntax.value, unit: syntax.unit }, undefined, system.Quantity));
      case 'member':
        return this.#member(syntax, place);
      case 'call':
        return this.#call(syntax, place);
      case 'index':
      case 'item':
        return this.#item(syntax, place);
      case 'type': {
        const operand = this.plan(syntax.operand, place);
        this.checkTypeName(syntax.type);
        return syntax.operator === 'as'
          ? ofTypePlan(operand, syntax.type, this.types)
          : typeTestPlan(operand, syntax.type);
      }
      default:
        return this.#operation(syntax, place);
    }
  }

  #operation(
    syntax: Extract<Syntax, { kind: 'equality' | 'logic' | 'union' | 'negative' | 'operation' }>,
    place: Place,
  ): Plan {
    if (syntax.kind === 'negative') return negativePlan(this.plan(syntax.operand, place));
    const left = this.plan(syntax.left, place);
    const texts =
      syntax.kind === 'operation' && syntax.operator === 'in' ? literalTexts(syntax.right) : undefined;
    if (texts !== undefined) return literalMembershipPlan(left, texts);
    const right = this.plan(syntax.right, place);
    switch (syntax.kind) {
      case 'equality':
        return equalityPlan(
          left,
          right,
          syntax.negated,
          syntax.right.kind === 'literal' ? syntax.right.value : undefined,
        );
      case 'logic':
        return syntax.operator === 'and' ? andPlan(left, right) : orPlan(left, right);
      case 'union':
        return unionPlan(left, right);
      case 'operation':
        return operationPlan(syntax.operator, left, right);
    }
  }

  #constant(name: string, { context }: Place): Plan {
    switch (name) {
      case 'resource':
      case 'rootResource':
        return singlePlan(undefined, (_, scope) => {
          const resource = scope.environment[name];
          return resource === undefined
            ? undefined
            : new Node(resource, undefined, scope.types.ofResource(resource));
        });
      case 'context':
        return collectionPlan(context, (_, scope) => [scope.context]);
      default: {
        const value = knownConstant(name);
        if (value === undefined) throw this.error(`Unknown variable %${name}`);
        return constantPlan(text(value));
      }
    }
  }

  #temporal(literal: string): Plan {
    const value = temporal(literal);
    if (value === undefined) throw this.error(`No date or time: @${literal}`);
    return constantPlan(new Node(value, undefined, system[value.type]));
  }

  #member({ operand, name }: Syntax & { kind: 'member' }, place: Place): Plan {
    if (operand.kind === 'this' && /^[A-Z]/.test(name) && this.types.named(name) !== undefined) {
      const { types } = place.self;
      const isItself = types?.every((type) => isOfType(type, name));
      return isItself ? place.self : ofTypePlan(place.self, name, this.types);
    }
    const parent = this.plan(operand, place);
    const plan = memberPlan(parent, name);
    if (plan === undefined) {
      const types = (parent.types ?? []).map((type) => type.name).join(', ');
      throw this.error(`No element ${name} on ${types === '' ? 'nothing' : types}`);
    }
    return plan;
  }

  #call(syntax: Syntax & { kind: 'call' }, place: Place): Plan {
    const rule = Object.hasOwn(functions, syntax.name) ? functions[syntax.name] : undefined;
    if (rule === undefined) throw this.error(`Unknown function ${syntax.name}()`);
    const count = syntax.parameters.length;
    if (count < rule.least || count > rule.most)
      throw this.error(`${syntax.name}() with ${count} parameters`);
    return rule.plan(new Call(this, syntax, this.plan(syntax.operand, place), place));
  }

  #item(syntax: Syntax & { kind: 'index' | 'item' }, place: Place): Plan {
    const operand = this.plan(syntax.operand, place);
    if (syntax.kind === 'index') {
      const { index } = syntax;
      return itemPlan(operand, () => index);
    }
    const index = this.plan(syntax.index, place);
    return itemPlan(operand, (focus, scope) => singleNumber(index.nodes(focus, scope), scope));
  }

  /** @throws FhirPathError when there is no such type */
  checkTypeName(name: string): void {
    const plain = name.replace(/^System\./, '');
    if (!Object.hasOwn(system, plain) && (name !== plain || this.types.named(name) === undefined)) {
      throw this.error(`Unknown type ${name}`);
    }
  }

  error(problem: string): FhirPathError {
    return new FhirPathError(problem, this.#text);
  }
}

function itemPlan(operand: Plan, index: (...state: Parameters<Plan['nodes']>) => number | undefined): Plan {
  return collectionPlan(operand.types, (focus, scope) => {
    const position = index(focus, scope);
    const node = position === undefined ? undefined : operand.nodes(focus, scope)[position];
    return node === undefined ? nothing : [node];
  });
}

function literalPlan({ value, isDecimal }: Syntax & { kind: 'literal' }): Plan {
  if (typeof value === 'string') return constantPlan(text(value));
  if (typeof value === 'number' && !isDecimal) return numberPlan(() => value);
  const type = typeof value === 'boolean' ? system.Boolean : system.Decimal;
  return constantPlan(new Node(value, undefined, type));
}

function constantPlan(node: Node): Plan {
  const nodes: Nodes = [node];
  return collectionPlan([node.type], () => nodes);
}

/** A plan whose result is found once for a resource. */
function remembered(plan: Plan, memory: object): Plan {
  const nodes: Plan['nodes'] = (focus, scope) => scope.remembered(memory, () => plan.nodes(focus, scope));
  return { ...collectionPlan(plan.types, nodes), isIndependent: true };
}

const descendantMemories: Readonly<Record<string, object>> = { resource: {}, rootResource: {} };

/** All expressions share the descendants of a resource, which are the whole of it. */
function memoryOf(syntax: Syntax): object {
  const isDescendants = syntax.kind === 'call' && syntax.name === 'descendants';
  const known =
    isDescendants && syntax.operand.kind === 'constant' ? descendantMemories[syntax.operand.name] : undefined;
  return known ?? {};
}

const vocabularies: Readonly<Record<string, string>> = {
  ucum: 'http://unitsofmeasure.org',
  sct: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
};

/** FHIR R4 fhirpath.html#variables */
function knownConstant(name: string): string | undefined {
  if (name.startsWith('vs-')) return `http://hl7.org/fhir/ValueSet/${name.slice(3)}`;
  if (name.startsWith('ext-')) return `http://hl7.org/fhir/StructureDefinition/${name.slice(4)}`;
  return Object.hasOwn(vocabularies, name) ? vocabularies[name] : undefined;
}

/** The texts of a union of nothing but literal texts. */
function literalTexts(syntax: Syntax): ReadonlySet<string> | undefined {
  if (syntax.kind === 'literal')
    return typeof syntax.value === 'string' ? new Set([syntax.value]) : undefined;
  if (syntax.kind !== 'union') return undefined;
  const left = literalTexts(syntax.left);
  const right = left && literalTexts(syntax.right);
  return left && right && left.union(right);
}
