import { decimalValue } from '../decimal.ts';
import { childElements, typeDefinition } from '../definitions/load.ts';
import type { R4Definitions } from '../definitions/model.ts';
import { type Branch, type Collect, collector, type Frame, filter, step } from './branch.ts';
import { FhirPathError } from './error.ts';
import { parseFhirPath, type Syntax } from './parse.ts';
import { targetType } from './target-type.ts';

/** A condition: `undefined` stands for the empty collection. */
type Test = (focus: unknown, frame: Frame) => boolean | undefined;

/**
 * Compiles an expression of the FHIRPath subset that search parameters use into closures over plain JSON, typed
 * by the R4 definitions: paths, choice elements by base name, `ofType`, `as`, `where`, `resolve() is`, `exists()`,
 * `extension(url)`, `[n]`, comparison with a literal, `and`, `or` and `|`.
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
        return this.#index(this.#branches(syntax.operand, focus), syntax.index);
      case 'union':
        return [...this.#branches(syntax.left, focus), ...this.#branches(syntax.right, focus)];
      case 'type':
        return syntax.operator === 'as'
          ? this.#ofType(this.#branches(syntax.operand, focus), syntax.type)
          : [this.#truth(syntax, focus)];
      case 'equality':
      case 'logic':
        return [this.#truth(syntax, focus)];
      case 'literal':
        throw this.#error('A literal outside a comparison');
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
      const key = element.choice ? name + code.charAt(0).toUpperCase() + code.slice(1) : name;
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
      case 'exists/0':
        return [this.#truth(syntax, focus)];
      default:
        throw this.#error(`Unsupported function ${name}() with ${parameters.length} parameters`);
    }
  }

  #where(operand: Branch, criterion: Syntax): Branch {
    const { type, elements } = operand;
    const test = this.#test(criterion, [{ type, elements, bind: (visit) => visit }]);
    return { type, elements, bind: filter(operand.bind, test) };
  }

  #index(branches: readonly Branch[], index: number): Branch[] {
    if (branches.length > 1) {
      throw this.#error(`The index [${index}] on ${branches.length} types of value`);
    }
    return branches.map(({ type, elements, bind }): Branch => {
      const collect = collector([{ type, elements, bind }]);
      return {
        type,
        elements,
        bind: (visit) => (focus, frame) => {
          const value = collect(focus, frame)[index];
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
      return this.#resolvesTo(syntax.operand, syntax.type, focus);
    }
    if (syntax.kind === 'call' && syntax.name === 'exists' && syntax.parameters.length === 0) {
      const collect = collector(this.#branches(syntax.operand, focus));
      return (value, frame) => collect(value, frame).length > 0;
    }
    const branches = this.#branches(syntax, focus);
    if (branches.some((branch) => branch.type !== 'boolean')) {
      throw this.#error('A condition that is not boolean');
    }
    const collect = collector(branches);
    return (value, frame) => collect(value, frame)[0] as boolean | undefined;
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

  /** `reference.resolve() is Type`, decided from the reference itself: nothing is fetched. */
  #resolvesTo(operand: Syntax, type: string, focus: readonly Branch[]): Test {
    if (operand.kind !== 'call' || operand.name !== 'resolve' || operand.parameters.length > 0) {
      throw this.#error('A type test of something else than resolve()');
    }
    if (!this.#isTypeName(type)) {
      throw this.#error(`Unknown type ${type}`);
    }
    const collect = collector(this.#branches(operand.operand, focus));
    return (value, frame) => {
      const [reference] = collect(value, frame);
      return reference === undefined ? undefined : this.#isA(targetType(reference, frame.resource), type);
    };
  }

  #typeName(parameter: Syntax | undefined): string {
    if (parameter?.kind !== 'member' || parameter.operand.kind !== 'this') {
      throw this.#error('Something else than the name of a type');
    }
    return parameter.name;
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

function both(left: Test, right: Test): Test {
  return (focus, frame) => {
    const first = left(focus, frame);
    if (first === false) {
      return false;
    }
    const second = right(focus, frame);
    return second === false ? false : first === undefined ? undefined : second;
  };
}

function either(left: Test, right: Test): Test {
  return (focus, frame) => {
    const first = left(focus, frame);
    if (first === true) {
      return true;
    }
    const second = right(focus, frame);
    return second === true ? true : first === undefined ? undefined : second;
  };
}
