import type { ElementDefinition } from './model.ts';

/** The JSON property of an element whose value is of a type. */
export function propertyName(
  { name, choice }: Pick<ElementDefinition, 'name' | 'choice'>,
  type: string,
): string {
  return choice ? choiceName(name, type) : name;
}

/** The name of a choice of types, `[x]` left out, for a value of one of them: `valueString` (formats.html#choice). */
export function choiceName(name: string, type: string): string {
  return name + type.charAt(0).toUpperCase() + type.slice(1);
}
