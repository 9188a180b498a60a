import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.d.ts';
import { isSearchable } from '../search/search-parameter.ts';
import { writeMethods } from './append-only.ts';
import type { Operation } from './operation.ts';
import { jsonBody } from './presentation.ts';
import type { FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * capabilities (http.html#capabilities): what is wired, read from the tables that the interactions work with. The same
 * answer is given as long as the search parameters are the same.
 * @param since the instant from which the first statement holds, the start of the server
 */
export function capabilities(spine: Spine, since: Date): () => FhirResponse {
  const first = spine.parameters.revision;
  let made: { revision: number; answer: FhirResponse } | undefined;
  return () => {
    const { revision } = spine.parameters;
    if (made?.revision !== revision) {
      const body = jsonBody(statement(spine, revision === first ? since : new Date()));
      made = { revision, answer: { status: 200, body } };
    }
    return made.answer;
  };
}

function statement(spine: Spine, since: Date): CapabilityStatement {
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
    ...(spine.implementationGuides.length > 0 && { implementationGuide: [...spine.implementationGuides] }),
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
        ...operations(spine.operations.forSystem()),
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
    searchParam: parameters.map(({ code, url, type: kind, description }) => ({
      name: code,
      definition: url,
      type: kind,
      ...documentation(type, description),
    })),
    ...operations(spine.operations.forType(type)),
  };
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
