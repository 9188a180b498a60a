import type { Frame, Visit } from '../../fhir/fhirpath/branch.ts';
import { compositeParameter } from '../derived-parameters.ts';
import type { ValueFamily } from '../expression.ts';
import { emptyIndexValues, type IndexValues, type RangeValue, type TokenValue } from '../index-values.ts';
import type { ExtractionFrame } from './writer.ts';

/** The components of a composite, each written under an empty parameter code. */
export interface ComponentRuns {
  key: readonly Visit<ExtractionFrame>[];
  value: readonly Visit<ExtractionFrame>[];
  family: ValueFamily;
  /** The end of the span that starts at a value, a number like it. */
  end?: readonly Visit<ExtractionFrame>[];
}

/**
 * The visitor of an element that holds all components: each value of the second is written once for each token of
 * the first, in any system and in its own (see `compositeParameter`). A third makes it a range from the second to it.
 */
export function compositeVisitor(
  code: string,
  { key, value, family, end }: ComponentRuns,
): Visit<ExtractionFrame> {
  return (element, frame) => {
    const found =
      end === undefined
        ? (run(element, frame, value)[family] as { parameter: string }[])
        : spans(run(element, frame, value).number, run(element, frame, end).number);
    // Of the composites of a type most find no value of their kind.
    if (found.length === 0) return;
    const names = tokensOf(element, frame, key).flatMap((token) => namesOf(code, token));
    const values = frame.values[family] as { parameter: string }[];
    for (const name of new Set(names)) {
      for (const one of found) values.push({ ...one, parameter: name + one.parameter });
    }
  };
}

function spans(starts: readonly RangeValue[], ends: readonly RangeValue[]): RangeValue[] {
  return starts.flatMap(({ low }) => ends.map(({ high }) => ({ parameter: '', low, high })));
}

function tokensOf(element: unknown, frame: Frame, runs: ComponentRuns['key']): TokenValue[] {
  return run(element, frame, runs).token.filter(({ parameter }) => parameter === '');
}

function run(element: unknown, { resource }: Frame, runs: ComponentRuns['key']): IndexValues {
  const values = emptyIndexValues();
  for (const visit of runs) visit(element, { resource, values });
  return values;
}

function namesOf(composite: string, { code, system }: TokenValue): string[] {
  if (code === undefined) return [];
  return [compositeParameter(composite, code), compositeParameter(composite, code, system ?? null)];
}
