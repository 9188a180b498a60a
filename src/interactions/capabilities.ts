import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceSearchParam,
} from 'fhir/r4.d.ts';
import { isSearchable, type SearchParameter } from '../search/search-parameter.ts';
import { writeMethods } from './append-only.ts';
import type { Operation } from './operation.ts';
import { jsonBody } from './presentation.ts';
import type { FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * capabilities (http.html#capabilities): what is wired, read from the tables that the interactions work with. The same
 * answer is given as long as the search parameters and the packages are the same.
 * @param since the instant from which the first statement holds, the start of the server
 */
export function capabilities(spine: Spine, since: Date): () => FhirResponse {
  const state = (): Changing => ({
    revision: spine.parameters.revision,
    guides: spine.implementationGuides(),
  });
  const first = state();
  let made: { of: Changing; answer: FhirResponse } | undefined;
  return () => {
    const now = state();
    if (made === undefined || !isSame(made.of, now)) {
      const body = jsonBody(statement(spine, isSame(first, now) ? since : new Date()));
      made = { of: now, answer: { status: 200, body } };
    }
    return made.answer;
  };
}

/** What a statement is made of and may change. */
interface Changing {
  revision: number;
  guides: readonly string[];
}

function isSame(one: Changing, other: Changing): boolean {
  return one.revision === other.revision && one.guides === other.guides;
}

function statement(spine: Spine, since: Date): CapabilityStatement {
  const guides = spine.implementationGuides();
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: since.toISOString(),
    kind: 'instance',
    software: spine.software,
    implementation: {
      description: 'Passerelle, FHIR for French healthcare',
      url: spine.baseUrl,
    },
    fhirVersion: '4.0.1',
    ...(guides.length > 0 && { implementationGuide: [...guides] }),
    format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    patchFormat: [
      'application/json-patch+json',
      'application/xml-patch+xml',
      'application/fhir+json',
      'application/fhir+xml',
    ],
    rest: [
      {
        mode: 'server',
        ...(spine.security === undefined ? {} : { security: spine.security }),
        documentation:
          'Searches and $everything follow Prefer: respond-async: their resources are had as files of application/fhir+ndjson',
        interaction: [
          { code: 'transaction' },
          { code: 'batch' },
          { code: 'history-system' },
          { code: 'search-system' },
        ],
        resource: [...spine.resourceTypes].sort().map((type) => resource(spine, type)),
        searchParam: [...commonParameters(spine), ...generalParameters],
        ...operations(spine.operations.forSystem()),
        compartment: Object.keys(spine.definitions.compartments).map(compartmentUrl),
      },
    ],
  };
}

function resource(spine: Spine, type: string): CapabilityStatementRestResource {
  const parameters = spine.parameters.list(type).filter(isSearchable);
  const { POST, PUT: isChangeable = false } = writeMethods(spine, type);
  const includes = parameters.filter((parameter) => parameter.type === 'reference');
  return {
    type: type as CapabilityStatementRestResource['type'],
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    interaction: (
      [
        'read',
        'vread',
        ...(isChangeable ? (['update', 'patch', 'delete'] as const) : []),
        'history-instance',
        'history-type',
        ...(POST ? (['create'] as const) : []),
        'search-type',
      ] as const
    ).map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: isChangeable,
    conditionalCreate: POST ?? false,
    conditionalRead: 'full-support',
    conditionalUpdate: isChangeable,
    conditionalDelete: isChangeable ? spine.policy.conditionalDelete : 'not-supported',
    referencePolicy: [
      'literal',
      'logical',
      ...(spine.policy.referenceCheck === 'exists' ? (['enforced'] as const) : []),
    ],
    ...(includes.length === 0
      ? {}
      : {
          searchInclude: ['*', ...includes.map((parameter) => `${type}:${parameter.code}`)],
        }),
    searchRevInclude: referrers(spine, type),
    searchParam: parameters.map((parameter) => searchParam(type, parameter)),
    ...operations(spine.operations.forType(type)),
  };
}

function searchParam(type: string, { code, url, type: kind, description }: SearchParameter) {
  return { name: code, definition: url, type: kind, ...documentation(type, description) };
}

/** The parameters that every type has, for searches of several types (search.html#all). */
function commonParameters({ resourceTypes, parameters }: Spine) {
  const [first = '', ...others] = resourceTypes;
  return parameters
    .list(first)
    .filter(
      (one) => isSearchable(one) && others.every((type) => parameters.get(type, one.code)?.url === one.url),
    )
    .map((parameter) => searchParam(first, parameter));
}

/** Parameters of every search that R4 describes without defining them (search.html). */
const generalParameters: CapabilityStatementRestResourceSearchParam[] = [
  { name: '_filter', type: 'special' },
  { name: '_has', type: 'special' },
  { name: '_list', type: 'special' },
  { name: '_type', type: 'token', documentation: 'The types of a search of several types' },
];

/** The canonical URL of the definition of a compartment of R4: `relatedPerson` of RelatedPerson. */
function compartmentUrl(type: string): string {
  return `http://hl7.org/fhir/CompartmentDefinition/${type.charAt(0).toLowerCase()}${type.slice(1)}`;
}

function operations(offered: readonly Operation[]): Pick<CapabilityStatementRestResource, 'operation'> {
  if (offered.length === 0) return {};
  return { operation: offered.map(({ code, definition }) => ({ name: code, definition })) };
}

/** The reference parameters of any type that may point to this one. */
function referrers({ resourceTypes, parameters }: Spine, type: string): string[] {
  return [...resourceTypes].flatMap((source) =>
    parameters
      .list(source)
      .filter(({ family, targets }) => family === 'reference' && targets.includes(type))
      .map(({ code }) => `${source}:${code}`),
  );
}

/** What R4 says of a parameter for this type: a parameter of several types has a line for each. */
function documentation(type: string, description: string | undefined): { documentation?: string } {
  if (description === undefined) return {};
  if (!description.startsWith('Multiple Resources')) return { documentation: description };
  const line = description.split(/\r?\n/).find((each) => each.startsWith(`* [${type}]`));
  const text = line?.replace(/^\* \[\w+\]\([^)]*\): */, '');
  return text === undefined ? {} : { documentation: text };
}
