import type { CodeSystemConceptDesignation, CodeSystemConceptProperty } from 'fhir/r4.d.ts';
import type { CodeSystemIndex } from './code-system-index.ts';
import { displayIn } from './designations.ts';

/** What is known of a code (codesystem-operation-lookup.html). */
export interface CodeDetails {
  /** Of the code system. */
  name: string;
  version?: string;
  display: string;
  designation: readonly CodeSystemConceptDesignation[];
  property: readonly DetailProperty[];
}

export type DetailProperty = CodeSystemConceptProperty & { description?: string };

/** Properties that every code system has, by what gives them. */
type Standard = (index: CodeSystemIndex, concept: number) => readonly DetailProperty[];

const standardProperties: Readonly<Record<string, Standard>> = {
  definition: (index, concept) => {
    const { definition } = index.details(concept);
    return definition === undefined ? [] : [{ code: 'definition', valueString: definition }];
  },
  parent: (index, concept) => index.parents(concept).map((one) => relative(index, 'parent', one)),
  child: (index, concept) => index.children(concept).map((one) => relative(index, 'child', one)),
  inactive: (index, concept) => [{ code: 'inactive', valueBoolean: index.isInactive(concept) }],
};

/** Properties of the code system that are told beside `property`. */
const toldElsewhere = ['name', 'version', 'display', 'designation'];

/**
 * What a code system says of a concept.
 * @param properties those that are wanted; without any, all that there are
 */
export function codeDetails(
  index: CodeSystemIndex,
  concept: number,
  properties: readonly string[],
  language: string | undefined,
): CodeDetails {
  const { url = '', name, title, version } = index.header;
  const details = index.details(concept);
  const display = index.display(concept);
  const isWanted = (code: string) => properties.length === 0 || properties.includes(code);
  const standard = Object.entries(standardProperties)
    .filter(([code]) => isWanted(code))
    .flatMap(([, give]) => give(index, concept));
  const own = (details.property ?? []).filter(
    ({ code }) => isWanted(code) && standardProperties[code] === undefined,
  );
  const ofSystem = properties.some((code) => code === 'url' || code === 'system') && isWanted('url');
  const wantsDesignations =
    properties.length === 0 || properties.some((code) => code === 'designation' || code.startsWith('lang.'));
  return {
    name: title ?? name ?? url,
    ...(version === undefined ? {} : { version }),
    display: displayIn({ display, ...details }, language) ?? index.code(concept),
    designation: wantsDesignations ? (details.designation ?? []) : [],
    property: [
      ...(ofSystem ? [{ code: 'url', valueString: url }] : []),
      ...standard,
      ...own.filter(({ code }) => !toldElsewhere.includes(code)),
    ],
  };
}

function relative(index: CodeSystemIndex, code: string, concept: number): DetailProperty {
  const display = index.display(concept);
  return { code, valueCode: index.code(concept), ...(display === undefined ? {} : { description: display }) };
}
