import type { Syntax } from '../syntax.ts';

/** The functions whose parameters are evaluated on each item of the input, or on the input itself. */
const withOwnFocus: ReadonlySet<string> = new Set([
  'all',
  'aggregate',
  'exists',
  'iif',
  'repeat',
  'select',
  'trace',
  'where',
]);

/** The functions whose parameter is the name of a type. */
const ofTypeName: ReadonlySet<string> = new Set(['as', 'is', 'ofType']);

/** What was found out about the parts of an expression, which are asked about from each level above. */
const independent = new WeakMap<Syntax, boolean>();
const aboutResource = new WeakMap<Syntax, boolean>();

/** Whether the result does not depend on the focus, so that it is the same for a whole resource. */
export function isIndependent(syntax: Syntax): boolean {
  return known(independent, syntax, () => dependsOnNothing(syntax, false));
}

function known(answers: WeakMap<Syntax, boolean>, syntax: Syntax, find: () => boolean): boolean {
  let answer = answers.get(syntax);
  if (answer === undefined) {
    answer = find();
    answers.set(syntax, answer);
  }
  return answer;
}

/** @param hasOwnFocus within the parameter of a function whose input is `$this` */
function dependsOnNothing(syntax: Syntax, hasOwnFocus: boolean): boolean {
  const isPart = (part: Syntax) => (hasOwnFocus ? dependsOnNothing(part, true) : isIndependent(part));
  switch (syntax.kind) {
    case 'this':
    case 'variable':
      return hasOwnFocus;
    case 'constant':
      return syntax.name !== 'context';
    case 'call': {
      const { operand, name, parameters } = syntax;
      if (!isPart(operand)) return false;
      if (ofTypeName.has(name)) return true;
      return parameters.every((parameter) =>
        withOwnFocus.has(name) ? dependsOnNothing(parameter, true) : isPart(parameter),
      );
    }
    default:
      return partsOf(syntax).every(isPart);
  }
}

/** Whether finding the result again costs more than remembering it: it goes beyond a property of the resource. */
export function isWorthRemembering(syntax: Syntax): boolean {
  switch (syntax.kind) {
    case 'call':
      return mentionsResource(syntax);
    case 'member':
      return syntax.operand.kind === 'member' && mentionsResource(syntax);
    case 'union':
      return mentionsResource(syntax);
    default:
      return false;
  }
}

function mentionsResource(syntax: Syntax): boolean {
  if (syntax.kind === 'constant') return syntax.name === 'resource' || syntax.name === 'rootResource';
  return known(aboutResource, syntax, () => partsOf(syntax).some(mentionsResource));
}

function partsOf(syntax: Syntax): readonly Syntax[] {
  switch (syntax.kind) {
    case 'call':
      return [syntax.operand, ...syntax.parameters];
    case 'member':
    case 'index':
    case 'type':
    case 'negative':
      return [syntax.operand];
    case 'item':
      return [syntax.operand, syntax.index];
    case 'equality':
    case 'logic':
    case 'union':
    case 'operation':
      return [syntax.left, syntax.right];
    default:
      return [];
  }
}
