import { decimalValue } from '../decimal.ts';
import { childElements, typeDefinition } from '../definitions/load.ts';
import type { R4Definitions } from '../definitions/model.ts';
import { propertyName } from '../definitions/property-name.ts';
import { type Branch, type Collect, collector, filter, step } from './branch.ts';
import { both, either, not, type Test, type TextTest, textCondition } from './condition.ts';
import { FhirPathError } from './error.ts';
import { parseFhirPath } from './parse.ts';
import type { Syntax } from './syntax.ts';
import { targetType } from './target-type.ts';

/** The most branches that an expression may have. */
const mostBranches = 1000;

/**
 * Compiles an expression of the FHIRPath subset that search parameters use into closures over plain JSON, typed
 * by the R4 definitions: paths, choice elements by base name, `ofType`, `as`, `is`, `where`, `resolve() is`, `exists`,
 * `empty`, `hasValue`, `not`, `extension(url)`, `[n]`, `first`, `last`, `startsWith`, `endsWith`, `contains`, comparison
 * with a literal, `and`, `or` and `|`.
 *
 * @param type the resource type of the focus; branches of a union that start with another type are left out
 * @throws FhirPathError for anything outside the subset and for an element that the types do not have
 */
export function compileFhirPath(
  expression: string,
  type: string,
  definitions: R4Definitions,
): readonly Branch[] {
  return new Compiler(expression, definitions).compile(type);
}

/**
 * `compileFhirPath` with the values of a branch as the focus, such as the component expressions of a composite
 * search parameter.
 */
export function compileFhirPathFrom(
  expression: string,
  { type, elements }: Branch,
  definitions: R4Definitions,
): readonly Branch[] {
  return new Compiler(expression, definitions).compileFrom({ type, elements, bind: (visit) => visit });
}

class Compiler {
  readonly #expression: string;
  readonly #definitions: R4Definitions;

  constructor(expression: string, definitions: R4Definitions) {
    this.#expression = expression;
    this.#definitions = definitions;
  }

  compile(type: string): readonly Branch[] {
    const elements = typeDefinition(this.#definitions, type)?.elements;
    if (elements === undefined) {
      throw this.#error(`Unknown type ${type}`);
    }
    return this.compileFrom({ type, elements, bind: (visit) => visit });
  }

  compileFrom(focus: Branch): readonly Branch[] {
    return this.#branches(parseFhirPath(this.#expression), [focus]);
  }

  /** The outcomes of `syntax`, none where the focus is of another type than the expression starts with. */
  #branches(syntax: Syntax, focus: readonly Branch[]): readonly Branch[] {
    switch (syntax.kind) {
      case 'this':
        return focus;
      case 'member':
        return this.#member(syntax, focus);
      case 'call':
        return this.#call(syntax, focus);
      case 'index':
        return this.#item(this.#branches(syntax.operand, focus), syntax.index);
      case 'union':
        return this.#counted([...this.#branches(syntax.left, focus), ...this.#branches(syntax.right, focus)]);
      case 'type':
        return syntax.operator === 'as'
          ? this.#ofType(this.#branches(syntax.operand, focus), syntax.type)
          : [this.#truth(syntax, focus)];
      case 'equality':
      case 'logic':
        return [this.#truth(syntax, focus)];
      case 'literal':
        throw this.#error('A literal outside a comparison');
      default:
        throw this.#error('Something else than a search parameter may use');
    }
  }

  #member({ operand, name }: Syntax & { kind: 'member' }, focus: readonly Branch[]): readonly Branch[] {
    if (operand.kind === 'this' && this.#isTypeName(name)) {
      return this.#ofType(focus, name);
    }
    const parents = this.#branches(operand, focus);
    const branches = parents.flatMap((parent) => this.#child(parent, name));
    if (parents.length > 0 && branches.length === 0) {
      throw this.#error(`No element ${name} on ${parents.map((parent) => parent.type).join(', ')}`);
    }
    return this.#counted(branches);
  }

  /** Each `value` of an extension multiplies the branches by all types. */
  #counted(branches: readonly Branch[]): readonly Branch[] {
    if (branches.length > mostBranches) {
      throw this.#error(`More than ${mostBranches} types of value`);
    }
    return branches;
  }

  #child(parent: Branch, name: string): Branch[] {
    const element = parent.elements.find((candidate) => candidate.name === name);
    const from = this.#isPrimitive(parent.type) ? parent.companion : parent.bind;
    if (element === undefined || from === undefined) {
      return [];
    }
    const codes =
      element.contentReference === undefined ? element.types.map(({ code }) => code) : ['BackboneElement'];
    return codes.map((code) => {
      const key = propertyName(element, code);
      const { binding } = element;
      const bound = code === 'code' && binding?.strength === 'required';
      return {
        type: code,
        elements: childElements(this.#definitions, element, code),
        bind: step(from, key),
        ...(bound ? { valueSet: binding.valueSet } : {}),
        ...(this.#isPrimitive(code) ? { companion: step(from, `_${key}`) } : {}),
      };
    });
  }

  #call(syntax: Syntax & { kind: 'call' }, focus: readonly Branch[]): readonly Branch[] {
    const { operand, name, parameters } = syntax;
    const [parameter] = parameters;
    switch (`${name}/${parameters.length}`) {
      case 'ofType/1':
      case 'as/1':
        return this.#ofType(this.#branches(operand, focus), this.#typeName(parameter));
      case 'where/1':
        return this.#branches(operand, focus).map((branch) => this.#where(branch, parameter as Syntax));
      case 'extension/1':
        return this.#branches(extensionByUrl(operand, parameter as Syntax), focus);
      case 'first/0':
        return this.#item(this.#branches(operand, focus), 0);
      case 'last/0':
        return this.#item(this.#branches(operand, focus), -1);
      default:
        return [this.#truth(syntax, focus)];
    }
  }

  #where(operand: Branch, criterion: Syntax): Branch {
    const { type, elements } = operand;
    const test = this.#test(criterion, [{ type, elements, bind: (visit) => visit }]);
    return { type, elements, bind: filter(operand.bind, test) };
  }

  /** @param index counts from 0, and from -1 backwards */
  #item(branches: readonly Branch[], index: number): Branch[] {
    if (branches.length > 1) {
      throw this.#error(`One item of a choice of ${branches.length} types`);
    }
    return branches.map(({ type, elements, bind }): Branch => {
      const collect = collector([{ type, elements, bind }]);
      return {
        type,
        elements,
        bind: (visit) => (focus, frame) => {
          const value = collect(focus, frame).at(index);
          if (value !== undefined) {
            visit(value, frame);
          }
        },
      };
    });
  }

  /** The branches of `type` or of one of its subtypes; an abstract resource narrows at run time. */
  #ofType(branches: readonly Branch[], type: string): Branch[] {
    const definition = typeDefinition(this.#definitions, type);
    if (definition === undefined) {
      throw this.#error(`Unknown type ${type}`);
    }
    return branches.flatMap((branch) => {
      if (this.#isA(branch.type, type)) {
        return [branch];
      }
      if (definition.kind !== 'resource' || !this.#isA(type, branch.type)) {
        return [];
      }
      const isOfType = (value: unknown) => this.#isA((value as { resourceType?: string }).resourceType, type);
      return [{ type, elements: definition.elements, bind: filter(branch.bind, isOfType) }];
    });
  }

  /** A condition as a value. */
  #truth(syntax: Syntax, focus: readonly Branch[]): Branch {
    const test = this.#test(syntax, focus);
    return {
      type: 'boolean',
      elements: [],
      bind: (visit) => (value, frame) => {
        const truth = test(value, frame);
        if (truth !== undefined) {
          visit(truth, frame);
        }
      },
    };
  }

  #test(syntax: Syntax, focus: readonly Branch[]): Test {
    if (syntax.kind === 'logic') {
      const left = this.#test(syntax.left, focus);
      const right = this.#test(syntax.right, focus);
      return syntax.operator === 'and' ? both(left, right) : either(left, right);
    }
    if (syntax.kind === 'equality') {
      return this.#equality(syntax, focus);
    }
    if (syntax.kind === 'type' && syntax.operator === 'is') {
      return this.#isOfType(syntax.operand, syntax.type, focus);
    }
    if (syntax.kind === 'call') {
      const test = this.#testFunction(syntax, focus);
      if (test !== undefined) {
        return test;
      }
    }
    const branches = this.#branches(syntax, focus);
    if (branches.some((branch) => branch.type !== 'boolean')) {
      throw this.#error('A condition that is not boolean');
    }
    const collect = collector(branches);
    return (value, frame) => collect(value, frame)[0] as boolean | undefined;
  }

  /** The functions that answer true or false; `undefined` for one that answers values. */
  #testFunction(
    { operand, name, parameters }: Syntax & { kind: 'call' },
    focus: readonly Branch[],
  ): Test | undefined {
    const [parameter] = parameters;
    switch (`${name}/${parameters.length}`) {
      case 'exists/0':
      case 'hasValue/0': {
        const collect = collector(this.#branches(operand, focus));
        return (value, frame) => collect(value, frame).length > 0;
      }
      case 'exists/1': {
        const filtered: Syntax = { kind: 'call', operand, name: 'where', parameters };
        return this.#test({ kind: 'call', operand: filtered, name: 'exists', parameters: [] }, focus);
      }
      case 'empty/0':
        return not(this.#test({ kind: 'call', operand, name: 'exists', parameters: [] }, focus));
      case 'not/0':
        return not(this.#test(operand, focus));
      case 'is/1':
        return this.#isOfType(operand, this.#typeName(parameter), focus);
      case 'startsWith/1':
      case 'endsWith/1':
      case 'contains/1':
        return this.#textTest(operand, name as TextTest, parameter, focus);
      case 'ofType/1':
      case 'as/1':
      case 'where/1':
      case 'extension/1':
      case 'first/0':
      case 'last/0':
        return undefined;
      default:
        throw this.#error(`Unsupported function ${name}() with ${parameters.length} parameters`);
    }
  }

  #textTest(operand: Syntax, name: TextTest, parameter: Syntax | undefined, focus: readonly Branch[]): Test {
    const part = parameter?.kind === 'literal' ? parameter.value : undefined;
    if (typeof part !== 'string') {
      throw this.#error(`${name}() of something else than a text`);
    }
    return textCondition(name, part, collector(this.#branches(operand, focus)));
  }

  #equality({ left, right, negated }: Syntax & { kind: 'equality' }, focus: readonly Branch[]): Test {
    if (right.kind !== 'literal') {
      throw this.#error('A comparison with something else than a literal');
    }
    const { value: literal } = right;
    const collect: Collect = collector(this.#branches(left, focus));
    return (value, frame) => {
      const found = collect(value, frame);
      if (found.length === 0) {
        return undefined;
      }
      const [first] = found;
      const equal =
        found.length === 1 && (typeof literal === 'number' ? decimalValue(first) : first) === literal;
      return equal !== negated;
    };
  }

  #isOfType(operand: Syntax, type: string, focus: readonly Branch[]): Test {
    if (operand.kind === 'call' && operand.name === 'resolve' && operand.parameters.length === 0) {
      return this.#resolvesTo(operand.operand, type, focus);
    }
    const branches = this.#branches(operand, focus);
    const all = collector(branches);
    const those = collector(this.#ofType(branches, type));
    return (value, frame) => (all(value, frame).length === 0 ? undefined : those(value, frame).length > 0);
  }

  /** `reference.resolve() is Type`, decided from the reference itself: nothing is fetched. */
  #resolvesTo(references: Syntax, type: string, focus: readonly Branch[]): Test {
    if (!this.#isTypeName(type)) {
      throw this.#error(`Unknown type ${type}`);
    }
    const collect = collector(this.#branches(references, focus));
    return (value, frame) => {
      const [reference] = collect(value, frame);
      return reference === undefined ? undefined : this.#isA(targetType(reference, frame.resource), type);
    };
  }

  #typeName(parameter: Syntax | undefined): string {
    if (parameter?.kind === 'member') {
      const { operand, name } = parameter;
      const isQualified =
        operand.kind === 'member' && operand.name === 'FHIR' && operand.operand.kind === 'this';
      if (operand.kind === 'this' || isQualified) {
        return name;
      }
    }
    throw this.#error('Something else than the name of a type');
  }

  #isTypeName(name: string): boolean {
    return /^[A-Z]/.test(name) && typeDefinition(this.#definitions, name) !== undefined;
  }

  #isPrimitive(type: string): boolean {
    return typeDefinition(this.#definitions, type)?.kind === 'primitive-type';
  }

  #isA(type: string | undefined, ancestor: string): boolean {
    for (let name = type; name !== undefined; name = typeDefinition(this.#definitions, name)?.base) {
      if (name === ancestor) {
        return true;
      }
    }
    return false;
  }

  #error(problem: string): FhirPathError {
    return new FhirPathError(problem, this.#expression);
  }
}

/** `operand.extension(url)` is short for `operand.extension.where(url = 'url')`. */
function extensionByUrl(operand: Syntax, url: Syntax): Syntax {
  const extensions: Syntax = { kind: 'member', operand, name: 'extension' };
  const left: Syntax = { kind: 'member', operand: { kind: 'this' }, name: 'url' };
  const criterion: Syntax = { kind: 'equality', negated: false, left, right: url };
  return { kind: 'call', operand: extensions, name: 'where', parameters: [criterion] };
}
