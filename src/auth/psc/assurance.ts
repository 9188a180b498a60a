import type { Assurance } from './settings.ts';

/** The level of assurance that an `acr` names, `undefined` when it is none of eidas1 to eidas3. */
export function assuranceOf(acr: unknown): Assurance | undefined {
  const [, level] = /^eidas([1-3])$/.exec(typeof acr === 'string' ? acr : '') ?? [];
  return level === undefined ? undefined : (Number(level) as Assurance);
}
