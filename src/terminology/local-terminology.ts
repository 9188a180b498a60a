import { ValueSetCompiler } from './compiled-value-set.ts';
import { contentOf } from './content.ts';
import { grammarSystem } from './grammar-systems.ts';
import type { GivenCoding, Terminology, TerminologyResources } from './terminology.ts';

/**
 * The terminology that lies in memory: the resources of R4, of this server and of packages. A value set is made ready
 * when it is first asked; from then on an answer takes about a microsecond.
 */
export function localTerminology(resources: TerminologyResources): Terminology {
  const content = contentOf(resources);
  const compiler = new ValueSetCompiler(content);
  const indexOfSystem = ({ system, version }: GivenCoding) =>
    system === undefined ? undefined : content.codeSystem(system, version);
  return {
    isMember: (valueSet, { system, version, code }) =>
      compiler.byUrl(valueSet)?.has({ system, version, code }),
    hasCode(coding) {
      const index = indexOfSystem(coding);
      if (index === undefined) {
        return coding.system === undefined ? undefined : grammarSystem(coding.system)?.has(coding.code);
      }
      if (index.find(coding.code) !== undefined) return true;
      return index.isComplete && isVersionHeld(coding, index.header.version) ? false : undefined;
    },
  };
}

/** A code that this version does not have may be one of another version, which the coding names. */
function isVersionHeld({ version }: GivenCoding, held: string | undefined): boolean {
  return version === undefined || version === held;
}
