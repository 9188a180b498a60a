import type { Observation } from 'fhir/r4.d.ts';
import { fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Operation, OperationInvocation, OperationParameter } from '../interactions/operation.ts';
import { GivenParameters } from '../interactions/operation-parameters.ts';
import { queryString } from '../interactions/page-link.ts';
import type { FhirResponse, QueryParameter } from '../interactions/request.ts';
import { bundleBody, searchEntry } from '../interactions/searchset.ts';
import type { Spine } from '../interactions/spine.ts';
import { parametersOfSearch } from '../interactions/terminology/search-terminology.ts';
import { allOf } from '../search/combine.ts';
import type { Expression } from '../search/expression.ts';
import { parseSearch } from '../search/parse.ts';
import type { ResourceStore, StoredVersion } from '../store/contract.ts';
import { searchPages } from '../store/search-pages.ts';

/** Observations that are looked at, at most. */
const observationLimit = 10_000;
const pageSize = 1000;

const commonParameters = ['_id', '_lastUpdated', '_profile', '_security', '_source', '_tag'];

/**
 * `Observation/$lastn` (R4 observation-operation-lastn): of the observations that a search finds for a patient or
 * subject, the most recent `max` (1 unless said) of each code. Codes are the same when they share a coding, directly
 * or through another observation that carries both; without codings, when their text is the same. Most recent is by
 * `date`; what has no date comes last, what was entered in error is left out.
 */
export function lastnOperation(spine: Spine): Operation {
  return {
    code: 'lastn',
    definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
    types: ['Observation'],
    levels: { type: true, instance: false },
    affectsState: false,
    action: 's',
    underscoreParameters: commonParameters,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, { request, parameters }: OperationInvocation): Promise<FhirResponse> {
  const isMax = ({ name }: OperationParameter) => name === 'max';
  const max = new GivenParameters('lastn', parameters.filter(isMax), { max: 1 }).positiveInteger('max') ?? 1;
  const query = parameters.filter((parameter) => !isMax(parameter)).map(queryParameter);
  if (!query.some(([name]) => /^(?:patient|subject)(?:$|[:.])/.test(name))) {
    throw fhirError(400, 'required', '$lastn takes a patient or a subject', 'patient');
  }
  const parsed = parseSearch({
    type: 'Observation',
    query,
    parameters: await parametersOfSearch(spine, request.access, query),
    baseUrls: [spine.baseUrl],
    strict: true,
    reserved: [],
  });
  const { store } = request.access;
  const observations = await observationsOf(store, allOf([parsed.expression, notInError]));
  const latest = groupsByCode(observations).flatMap((group) => group.slice(0, max));
  const self = queryString([...parsed.applied, ['max', String(max)]]);
  const links = [{ relation: 'self', url: `${spine.baseUrl}/Observation/$lastn${self}` }];
  const entries = latest.map((version) => searchEntry(spine, version, 'match'));
  return { status: 200, body: bundleBody({ type: 'searchset', total: latest.length, links }, entries) };
}

const notInError: Expression = {
  kind: 'not',
  operand: { kind: 'token', parameter: 'status', code: 'entered-in-error' },
};

/** A parameter of a Parameters as the search parameter that it stands for. */
function queryParameter({ name, value, valueType, expression }: OperationParameter): QueryParameter {
  if (typeof value === 'string' && value !== '') return [name, value];
  if (typeof value === 'object' && value !== null) {
    const { reference, system, code } = value as Partial<Record<string, unknown>>;
    if (valueType === 'reference' && typeof reference === 'string') return [name, reference];
    if (valueType === 'coding' && typeof code === 'string') {
      return [name, typeof system === 'string' ? `${system}|${code}` : code];
    }
  }
  const diagnostics = 'A search parameter is a text, a Reference or a Coding';
  throw fhirError(400, 'value', diagnostics, expression);
}

/** The matches, most recent first. */
async function observationsOf(store: ResourceStore, expression: Expression): Promise<StoredVersion[]> {
  const found: StoredVersion[] = [];
  const sort = [{ parameter: 'date', family: 'date' as const, descending: true }];
  const query = { type: 'Observation', expression, sort, count: pageSize };
  for await (const matches of searchPages(store, query)) {
    if (found.length >= observationLimit) {
      const diagnostics = `More than ${observationLimit} observations match; narrow them by code or category`;
      throw fhirError(400, 'too-costly', diagnostics, 'code');
    }
    found.push(...matches);
  }
  return found;
}

/** The observations by code, in the order of the most recent one of each group. */
function groupsByCode(observations: readonly StoredVersion[]): StoredVersion[][] {
  const leaders = new Map<string, string>();
  const leaderOf = (key: string): string => {
    let found = key;
    for (let next = leaders.get(found); next !== undefined; next = leaders.get(found)) found = next;
    return found;
  };
  const keyed = observations.map((version) => {
    const [first = '', ...others] = codeKeys(parseJson(version.body) as Observation);
    for (const other of others) {
      const [leader, follower] = [leaderOf(first), leaderOf(other)];
      if (leader !== follower) leaders.set(follower, leader);
    }
    return { version, key: first };
  });
  const groups = Map.groupBy(keyed, ({ key }) => leaderOf(key));
  return [...groups.values()].map((group) => group.map(({ version }) => version));
}

function codeKeys({ code }: Observation): string[] {
  const codings = (code.coding ?? []).filter((coding) => coding.code !== undefined);
  if (codings.length === 0) return [JSON.stringify([code.text])];
  return codings.map(({ system, code: value }) => JSON.stringify([system ?? null, value]));
}
