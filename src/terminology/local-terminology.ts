import { ValueSetCompiler } from './compiled-value-set.ts';
import { contentOf, type TerminologyContent } from './content.ts';
import { isNamedIn, isNameOf } from './designations.ts';
import { grammarSystem } from './grammar-systems.ts';
import { RememberedAnswers } from './remembered-answers.ts';
import type { GivenCoding, Terminology, TerminologyResources } from './terminology.ts';

/**
 * The terminology that lies in memory: the resources of R4, of this server and of packages. A value set is made ready
 * when it is first asked; from then on an answer takes about a microsecond.
 */
export function localTerminology(resources: TerminologyResources): Terminology {
  return terminologyOf(contentOf(resources));
}

/** The terminology of some content. What it says once of a code is remembered. */
export function terminologyOf(content: TerminologyContent): Terminology {
  const compiler = new ValueSetCompiler(content);
  const isMember = (valueSet: string, { system, version, code }: GivenCoding) =>
    compiler.byUrl(valueSet)?.has({ system, version, code });
  const hasCode = (coding: GivenCoding & { system: string }) => {
    const { system, version, code } = coding;
    const index = content.codeSystem(system, version);
    if (index === undefined) return grammarSystem(system)?.has(code);
    if (index.find(code) !== undefined) return true;
    return index.isComplete && isVersionHeld(coding, index.header.version) ? false : undefined;
  };
  const memberships = new RememberedAnswers((valueSet, system, code) => isMember(valueSet, { system, code }));
  const codes = new RememberedAnswers((_all, system, code) => hasCode({ system, code }));
  return {
    isMember(valueSet, coding) {
      const { system, version, code } = coding;
      // What names a version, or no system, is rare.
      if (system === undefined || version !== undefined) return isMember(valueSet, coding);
      return memberships.of(valueSet, system, code);
    },
    hasCode({ system, version, code }) {
      if (system === undefined) return undefined;
      return version === undefined ? codes.of('', system, code) : hasCode({ system, version, code });
    },
    hasName({ system, version, code, display }, language) {
      if (system === undefined || display === undefined) return undefined;
      const index = content.codeSystem(system, version);
      const concept = index?.find(code);
      if (index === undefined || concept === undefined) return undefined;
      const own = index.display(concept);
      if (own === display) return true;
      if (own === undefined || !isVersionHeld({ version, code }, index.header.version)) return undefined;
      const named = { display: own, designation: index.details(concept).designation };
      if (isNameOf(named, display)) return true;
      return language === undefined || isNamedIn(named, language, index.header.language) ? false : undefined;
    },
  };
}

/** A code that this version does not have may be one of another version, which the coding names. */
function isVersionHeld({ version }: GivenCoding, held: string | undefined): boolean {
  return version === undefined || version === held;
}
