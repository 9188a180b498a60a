import type { Frame, Visit } from '../../fhir/fhirpath/branch.ts';
import type { IndexValues } from '../index-values.ts';
import type { SearchParameter } from '../search-parameter.ts';

/** The frame of an evaluation that fills index values. */
export interface ExtractionFrame extends Frame {
  values: IndexValues;
}

/** What a writer may need to know beside the parameter. */
export interface WriterContext {
  /** Absolute URLs of this server, without trailing slash. */
  baseUrls: readonly string[];
  /** The system that the binding of a `code` element implies for a code. */
  systemOf(code: string): string | undefined;
}

/** Builds the end of a pipeline: it adds a value of one R4 type to the index values of the parameter. */
export type Writer = (parameter: SearchParameter, context: WriterContext) => Visit<ExtractionFrame>;

/** The writers of one family, by R4 type; a type that is not there has nothing to index in that family. */
export type Writers = Readonly<Record<string, Writer>>;
