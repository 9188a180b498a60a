import type { SearchParameter as SearchParameterResource } from 'fhir/r4.d.ts';
import type { SearchParameterDefinition } from '../fhir/definitions/model.ts';
import { searchParameterDefinition } from '../fhir/definitions/search-parameter.ts';
import { withoutVersion } from '../fhir/reference.ts';
import type { ProgramOptions } from '../search/extract.ts';
import { typesOf } from '../search/parameters.ts';
import {
  type CompiledParameter,
  compileDefinition,
  type DefinitionsByUrl,
  refusal,
} from './compile-definition.ts';

/** What an active SearchParameter means to this server. */
export type Standing =
  /**
   * Searches are the same with it as without it: the server has this very parameter already or the one that it is
   * derived from, or it has no expression, which leaves to a server what it finds.
   */
  { kind: 'kept' } | { kind: 'added'; compiled: CompiledParameter };

/** The search parameters that a new one has to stand beside. */
export interface Known {
  /** The definition that no resource can change: those built in, and those of packages. */
  fixed(url: string): SearchParameterDefinition | undefined;
  /** The URL of the fixed parameter that has this code. */
  holderOf(type: string, code: string): string | undefined;
  /** All definitions, for the components of composites. */
  byUrl: DefinitionsByUrl;
}

/** Letters, digits and hyphens: the other characters divide the names of search parameters (search.html). */
const codePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * Judges an active SearchParameter.
 * @throws FhirError 422 naming the element for which this server cannot take it
 */
export function standingOf(
  resource: SearchParameterResource,
  known: Known,
  options: ProgramOptions,
): Standing {
  const definition = searchParameterDefinition(resource);
  const { url, code, base } = definition;
  const fixed = known.fixed(url);
  if (fixed !== undefined) {
    const difference = (['code', 'type', 'expression'] as const).find(
      (element) => normalised(fixed[element]) !== normalised(definition[element]),
    );
    if (difference === undefined) return { kind: 'kept' };
    const diagnostics = `The server has ${url} already, with another ${difference}: another definition needs another url`;
    throw refusal('business-rule', diagnostics, difference);
  }
  if (!codePattern.test(code)) {
    throw refusal('value', 'The code must be letters, digits, - and _, and not start with -  or _', 'code');
  }
  if (definition.expression === undefined) return { kind: 'kept' };
  const types = typesOf(options.definitions, base);
  const derivedFrom = resource.derivedFrom && withoutVersion(resource.derivedFrom);
  const holders = types.map((type) => known.holderOf(type, code));
  if (holders.length > 0 && holders.every((holder) => holder !== undefined && holder === derivedFrom)) {
    return { kind: 'kept' };
  }
  const taken = holders.findIndex((holder) => holder !== undefined);
  if (taken !== -1) {
    const diagnostics = `${types[taken]} has a search parameter ${code} already: ${holders[taken]}`;
    throw refusal('duplicate', diagnostics, 'code');
  }
  return { kind: 'added', compiled: compileDefinition(definition, known.byUrl, options) };
}

function normalised(text: string | undefined): string | undefined {
  return text?.replaceAll(/\s+/g, '');
}
