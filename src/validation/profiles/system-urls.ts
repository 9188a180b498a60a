import type { ConformanceResources } from '../../fhir/conformance/conformance-resources.ts';

/** Code systems whose URLs are often written with something behind them. */
const wellKnown = [
  'http://snomed.info/sct',
  'http://loinc.org',
  'http://unitsofmeasure.org',
  'http://www.nlm.nih.gov/research/umls/rxnorm',
];

/** The build of FHIR, and the pages of its specification and terminology. */
const page = /^https?:\/\/(?:build\.fhir\.org\/|(?:terminology\.)?hl7\.org\/.*\.html$)/;

/** URLs come from documents: what is remembered of them has a limit. */
const mostRemembered = 10_000;

/**
 * What is wrong with the URL that a coding names as its code system, where that is not held: it is known under another
 * URL, or names a page or a value set (terminologies-systems.html, terminologies.html#system).
 * @returns undefined where nothing is known against it
 */
export function systemUrlProblem(conformance: ConformanceResources): (system: string) => string | undefined {
  const isKnown = (url: string) => wellKnown.includes(url) || conformance.codeSystem(url) !== undefined;
  const problemOf = (system: string) => {
    if (wellKnown.includes(system)) return undefined;
    if (page.test(system)) return 'The system of a code is the URL of a code system, not of a page about it';
    const other =
      wellKnown.find((url) => system.startsWith(url) && !/^[\w.-]/.test(system.slice(url.length))) ??
      (system.startsWith('https:') && isKnown(`http:${system.slice(6)}`)
        ? `http:${system.slice(6)}`
        : undefined);
    if (other !== undefined) return `The code system has another URL: ${other}`;
    return conformance.valueSet(system) === undefined
      ? undefined
      : 'The system of a code is a code system: a value set is none';
  };
  const remembered = new Map<string, string | undefined>();
  return (system) => {
    if (remembered.has(system)) return remembered.get(system);
    if (remembered.size >= mostRemembered) remembered.clear();
    const problem = problemOf(system);
    remembered.set(system, problem);
    return problem;
  };
}
