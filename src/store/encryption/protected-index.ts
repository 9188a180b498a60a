import { compositePrefix } from '../../search/derived-parameters.ts';
import type { IndexValues, TokenValue } from '../../search/index-values.ts';
import type { KeyedNames } from './keyed-names.ts';
import { isOfType } from './protected-search.ts';

/**
 * Index values in which the identifiers of some systems are hashed. Other forms of the same values, by which parts of
 * them could be found, are left out.
 */
export function protectedIndex(
  index: IndexValues,
  systems: ReadonlySet<string>,
  names: KeyedNames,
): IndexValues {
  const hidden = new Set(
    index.token.flatMap(({ system, code }) => (isHidden(systems, system) && code !== undefined ? code : [])),
  );
  if (hidden.size === 0) return index;
  const isShown = ({ parameter }: { parameter: string }) => !namesHidden(parameter, hidden);
  return {
    ...index,
    token: index.token.filter(isShown).map((value) => protectedToken(value, { systems, names, hidden })),
    string: index.string.filter((value) => isShown(value) && !hidden.has(value.exact)),
    uri: index.uri.filter((value) => isShown(value) && !hidden.has(value.value)),
    date: index.date.filter(isShown),
    number: index.number.filter(isShown),
    quantity: index.quantity.filter(isShown),
    reference: index.reference.filter(isShown),
  };
}

interface Hiding {
  systems: ReadonlySet<string>;
  names: KeyedNames;
  hidden: ReadonlySet<string>;
}

function protectedToken(value: TokenValue, { systems, names, hidden }: Hiding): TokenValue {
  const { parameter, system, code } = value;
  if (code === undefined) return value;
  if (isHidden(systems, system)) return { ...value, code: names.identifier(system, code) };
  // The system of the identifier is not among its values by type.
  const isOfHidden = isOfType(parameter) && [...hidden].some((one) => code.endsWith(`|${one}`));
  return isOfHidden ? { ...value, code: names.ofType(system, code) } : value;
}

function isHidden(systems: ReadonlySet<string>, system: string | undefined): system is string {
  return system !== undefined && systems.has(system);
}

/** The name of a composite ends with the token of its key. */
function namesHidden(parameter: string, hidden: ReadonlySet<string>): boolean {
  if (!parameter.includes(compositePrefix(''))) return false;
  return [...hidden].some((one) => parameter.endsWith(` ${one}`));
}
