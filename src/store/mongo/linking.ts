import { ownCanonicalsParameter } from '../../search/derived-parameters.ts';
import { type Criterion, withIds, withKeys } from './criterion.ts';
import type { CurrentDocument } from './documents.ts';
import type { Filter } from './filters.ts';
import { keyOf, keyPrefix, referenceKey, targetsOf, textsFrom } from './index-keys.ts';

/** How the resources of two types are linked by a reference parameter. */
export interface Linking {
  /** What has to be read of a target, so that its names are known. */
  targetFields: Partial<Record<'id' | 'keys', 1>>;
  /** The condition that a resource refers to any. */
  refers: Filter;
  /** The keys that the resources which refer to this target have. */
  keysFor(target: Pick<CurrentDocument, 'id' | 'keys'>): string[];
  /** The targets that a resource with these keys refers to. */
  targetsOf(keys: readonly string[]): Criterion;
}

/** By type and id, or by the URL of the target where the references are canonical. */
export function linkingOf(parameter: string, targetType: string, isCanonical: boolean): Linking {
  return isCanonical ? byUrl(parameter) : byId(parameter, targetType);
}

function byId(parameter: string, type: string): Linking {
  return {
    targetFields: { id: 1 },
    refers: { keys: { $elemMatch: textsFrom(`${keyPrefix('r', parameter)}${type}/`) } },
    keysFor: ({ id }) => [referenceKey(parameter, { type, id })],
    targetsOf: (keys) => withIds(targetsOf(keys, parameter, type).map(({ id }) => id)),
  };
}

function byUrl(parameter: string): Linking {
  const [reference, own] = [keyPrefix('u', parameter), keyPrefix('v', ownCanonicalsParameter)];
  return {
    targetFields: { keys: 1 },
    refers: { keys: { $elemMatch: textsFrom(reference) } },
    keysFor: ({ keys }) => valuesOf(keys, own).map((url) => keyOf('u', parameter, url)),
    targetsOf: (keys) =>
      withKeys([...new Set(valuesOf(keys, reference).map((url) => keyOf('v', ownCanonicalsParameter, url)))]),
  };
}

function valuesOf(keys: readonly string[], prefix: string): string[] {
  return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}
