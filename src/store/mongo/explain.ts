import { ObjectId } from 'mongodb';
import type { SearchExplanation, SearchPage, SearchStep } from '../contract.ts';
import type { Read, Reads } from './reads.ts';

/** Runs a search as a caller's would run, and tells what was read on the way. */
export async function explainSearch(
  reads: Reads,
  search: () => Promise<SearchPage>,
): Promise<SearchExplanation> {
  const steps = new Map<string, SearchStep>();
  const start = performance.now();
  const { matches } = await reads.observing((read, rows, milliseconds) => {
    const statement = `${read.kind} ${read.collection} ${JSON.stringify(shapeOf(read.content))}`;
    const step = steps.get(statement);
    if (step === undefined) {
      steps.set(statement, { statement, plan: planOf(read), runs: 1, rows, milliseconds });
      return;
    }
    step.runs += 1;
    step.rows += rows;
    step.milliseconds += milliseconds;
  }, search);
  return {
    matches: matches.length,
    milliseconds: performance.now() - start,
    isHeavy: false,
    steps: [...steps.values()],
  };
}

/** Each read is told its index, so that the database chooses none. */
function planOf({ kind, hint }: Read): string[] {
  const index = `IXSCAN ${hint}`;
  return kind === 'aggregate' ? ['SORT', index] : [index];
}

/** Names of fields that hold the name of another field or a direction, and no value of a resource. */
const structure: ReadonlySet<string> = new Set(['sort', '$sort', '$project', '$addFields']);

/** The same without the values that are sought. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.every(isPlain) ? '?' : value.map(shapeOf);
  if (isPlain(value)) return '?';
  const fields = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, structure.has(name) ? field : shapeOf(field)]),
  );
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null || value instanceof ObjectId;
}
