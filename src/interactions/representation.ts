import { loadDefinitions, typeDefinition } from '../fhir/definitions/load.ts';
import { fhirError } from '../fhir/error.ts';
import { answerMaxDepth, parseJson, parseJsonInSteps } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { largeBody, pacer } from './pacer.ts';
import { jsonBody } from './presentation.ts';
import { type Subset, subsetOf } from './representation-subset.ts';
import type { FhirRequest, FhirResponse, QueryParameter } from './request.ts';

/** Parameters that change how resources are presented, never which ones (http.html#general, search.html#summary). */
export const representationNames: readonly string[] = ['_format', '_pretty', '_summary', '_elements'];

/** The parameters of a request that its page links keep in the open: each page is presented by its own URL. */
export function representationParameters(query: readonly QueryParameter[]): QueryParameter[] {
  return query.filter(([name]) => representationNames.includes(name));
}

interface Presented {
  code: string;
  /** The resource type, where the URL names one. */
  type?: string;
  /** The operation's name without `$`. */
  operation?: string;
  run(): Promise<FhirResponse>;
}

/**
 * The interaction with its answer cut down to what `_summary` or `_elements` ask for (search.html#summary,
 * search.html#elements): the resource of a read, the statement of the server, the matches of a search or of
 * `$everything`, all resources of a history. An answer without
 * these parameters is not even parsed.
 * @throws FhirError 400 on a malformed value, on both at once, and where a value makes no sense
 */
export function presented<T extends Presented>(request: FhirRequest, interaction: T): T {
  if (request.query.length === 0) return interaction;
  const shape = shapeOf(interaction);
  if (shape === undefined) return interaction;
  const subset = requestedSubset(request.query, interaction, shape);
  if (subset === undefined) return interaction;
  const cut = shape === 'resource' ? resourceSubset : pageSubset;
  return { ...interaction, run: async () => cutDown(await interaction.run(), (body) => cut(body, subset)) };
}

/** `pages`: a Bundle of resources that is no search. */
type Shape = 'resource' | 'search' | 'pages';

function shapeOf({ code, operation }: Presented): Shape | undefined {
  if (code === 'read' || code === 'vread' || code === 'capabilities') return 'resource';
  if (code.startsWith('search-')) return 'search';
  return code.startsWith('history-') || operation === 'everything' ? 'pages' : undefined;
}

async function cutDown(
  response: FhirResponse,
  cut: (body: Buffer) => Buffer | Promise<Buffer>,
): Promise<FhirResponse> {
  return response.body === undefined ? response : { ...response, body: await cut(response.body) };
}

async function resourceSubset(body: Buffer, subset: Subset): Promise<Buffer> {
  const isLarge = body.length >= largeBody;
  const resource = isLarge ? await parseJsonInSteps(body, pacer()) : parseJson(body);
  return jsonBody(subsetOf(resource as Resource, subset));
}

interface PageEntry {
  resource?: Resource;
  search?: { mode?: string };
}

/** A page whose resources are cut down, with pauses between them. */
async function pageSubset(body: Buffer, subset: Subset): Promise<Buffer> {
  const pause = pacer();
  const { entry, ...head } = (await parseJsonInSteps(body, pause, { maxDepth: answerMaxDepth })) as Resource;
  if (entry === undefined) return body;
  const entries: string[] = [];
  for (const each of entry as PageEntry[]) {
    await pause();
    entries.push(JSON.stringify(entrySubset(each, subset)));
  }
  return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"entry":[${entries.join(',')}]}`);
}

/** What a search includes, and what it says of itself, stays whole. */
function entrySubset(entry: PageEntry, subset: Subset): PageEntry {
  const { resource, search } = entry;
  if (resource === undefined || (search !== undefined && search.mode !== 'match')) return entry;
  return { ...entry, resource: subsetOf(resource, subset) };
}

function requestedSubset(
  query: readonly QueryParameter[],
  { type, operation }: Presented,
  shape: Shape,
): Subset | undefined {
  const summary = requestedSummary(query, shape);
  const lists = query.filter(([name, value]) => name === '_elements' && value !== '');
  if (lists.length === 0) return summary;
  if (summary !== undefined) {
    throw fhirError(400, 'invalid', '_summary and _elements exclude each other', '_elements');
  }
  // An operation answers other types than the one that it is called on.
  const owner = operation === undefined ? type : undefined;
  return new Set(lists.flatMap(([, list]) => list.split(',').map((name) => elementName(name.trim(), owner))));
}

function requestedSummary(query: readonly QueryParameter[], shape: Shape): Subset | undefined {
  const value = query.find(([name]) => name === '_summary')?.[1];
  switch (value) {
    // Parameters without a value are ignored (search.html#errors).
    case undefined:
    case '':
    case 'false':
      return undefined;
    case 'true':
    case 'data':
      return value;
    case 'text':
      if (query.some(([name]) => /^_(?:rev)?include(?::|$)/.test(name))) {
        throw fhirError(400, 'invalid', '_summary=text and includes exclude each other', '_summary');
      }
      return value;
    case 'count':
      // The search itself answers it: there is nothing to cut down.
      if (shape === 'search') return undefined;
      throw fhirError(400, 'invalid', '_summary=count is for searches', '_summary');
    default:
      throw fhirError(400, 'value', '_summary takes true, text, data, count or false', '_summary');
  }
}

/**
 * Clients name `resourceType` too, which stands in every resource of JSON.
 * @throws FhirError 400 on what is no element at the top of the type
 */
function elementName(name: string, type: string | undefined): string {
  if (name === 'resourceType') return name;
  const known = type === undefined ? undefined : typeDefinition(loadDefinitions(), type)?.elements;
  if (known === undefined ? /^[a-z][A-Za-z]*$/.test(name) : known.some((element) => element.name === name)) {
    return name;
  }
  const owner = type === undefined ? 'the resources' : type;
  throw fhirError(400, 'value', `_elements takes names of elements at the top of ${owner}`, '_elements');
}
