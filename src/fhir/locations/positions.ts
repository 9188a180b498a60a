import type { Issue } from '../error.ts';
import { locate } from './locate.ts';

/** A resource as it was sent. */
export interface Source {
  bytes: Buffer;
  format: 'json' | 'xml';
  /** Its text, where that is what JSON.stringify makes of the resource. */
  compact?: string | undefined;
}

/**
 * Issues with the line and column of their elements in the text that was sent. One that has a position keeps it.
 * @param placed FHIRPath of the element of an issue from the root of the text; undefined where the text does not have it
 */
export function withPositions(
  issues: readonly Issue[],
  { bytes, format }: Source,
  placed: (expression: string) => string | undefined,
): readonly Issue[] {
  const places = issues.map(({ expression = '', position }) =>
    position === undefined ? placed(expression) : undefined,
  );
  const wanted = places.filter((place) => place !== undefined);
  if (wanted.length === 0) return issues;
  const locations = locate(bytes.toString('utf8'), format, wanted);
  let next = 0;
  return issues.map((issue, index) => {
    const location = places[index] === undefined ? undefined : locations[next++];
    return location === undefined ? issue : { ...issue, position: location };
  });
}
