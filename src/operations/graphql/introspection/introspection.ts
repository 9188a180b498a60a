import { Worker } from 'node:worker_threads';
import { Kind } from 'graphql/language/kinds.js';
import { print } from 'graphql/language/printer.js';
import type { Spine } from '../../../interactions/spine.ts';
import { searchTimeout } from '../../../search/search-timeout.ts';
import { excludedParameters } from '../arguments.ts';
import type { Query } from '../parse-query.ts';
import { refusal } from '../query-error.ts';
import type { SchemaInput, SearchArgument } from './schema.ts';

/** What the thread of an introspection gets. */
export interface IntrospectionInput {
  schema: SchemaInput;
  text: string;
  variables: Record<string, unknown>;
}

/** The answer as JSON in UTF-8, or why the query is not valid. */
export type IntrospectionOutput = { ok: true; answer: Uint8Array } | { ok: false; message: string };

/** The most memory of an introspection, in megabytes: that of the whole schema takes a third of it. */
const mostMemory = 512;

/** Introspections run one after the other. */
let last: Promise<unknown> = Promise.resolve();

/** True for a query on the schema alone; beside data nobody asks for it. */
export function isIntrospection({ operation: { operation, selectionSet } }: Query): boolean {
  const names = selectionSet.selections.map((each) => (each.kind === Kind.FIELD ? each.name.value : ''));
  if (operation !== 'query' || !names.every((name) => name.startsWith('__'))) return false;
  return names.some((name) => name !== '__typename');
}

/**
 * The whole answer to a query on the schema (graphql.html#conformance). The schema is made in a thread of its own, which
 * ends with the answer: it is large, and seldom asked for.
 * @param instance the resource type that the query runs on, absent on the server
 * @throws QueryError when the query is not valid, FhirError 503 when it takes too long
 */
export async function introspection(
  spine: Spine,
  query: Query,
  instance: string | undefined,
): Promise<Buffer> {
  const input: IntrospectionInput = {
    schema: {
      resourceTypes: [...spine.resourceTypes],
      searches: searchArguments(spine),
      ...(instance === undefined ? {} : { instance }),
    },
    text: print({ kind: Kind.DOCUMENT, definitions: [query.operation, ...query.fragments.values()] }),
    variables: Object.fromEntries(query.variables),
  };
  const running = last.then(() => inThread(input, spine.limits.searchTime));
  last = running.catch(() => undefined);
  const output = await running;
  if (!output.ok) throw refusal(query.operation, output.message, 'not-supported');
  return Buffer.from(output.answer.buffer);
}

function inThread(input: IntrospectionInput, time: number): Promise<IntrospectionOutput> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script(), {
      workerData: input,
      resourceLimits: { maxOldGenerationSizeMb: mostMemory },
    });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      void worker.terminate().then(settle);
    };
    const timer = setTimeout(() => end(() => reject(searchTimeout())), time);
    worker.once('message', (output: IntrospectionOutput) => end(() => resolve(output)));
    worker.once('error', (error) => end(() => reject(error)));
  });
}

/** In a build the script ends in `.js` like this module: the compiler rewrites import specifiers alone. */
function script(): URL {
  const { href } = new URL('./introspection.worker.ts', import.meta.url);
  return new URL(import.meta.url.endsWith('.ts') ? href : href.replace(/\.ts$/, '.js'));
}

function searchArguments({ resourceTypes, parameters }: Spine): Record<string, SearchArgument[]> {
  return Object.fromEntries(
    [...resourceTypes].map((type) => [
      type,
      parameters
        .list(type)
        .map(({ code, type, family, targets }) => ({
          name: code.replaceAll('-', '_'),
          type,
          targets: family === 'reference' ? targets : [],
        }))
        .filter(({ name }) => !excludedParameters.has(name) && /^[A-Za-z_]\w*$/.test(name)),
    ]),
  );
}
