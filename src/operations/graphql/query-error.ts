import type { ASTNode } from 'graphql';
import { FhirError, type Issue } from '../../fhir/error.ts';

/** Where in the text of a query something stands, both counted from 1. */
interface Place {
  line: number;
  column: number;
}

/** A refusal of a GraphQL query, with the place in its text. */
export class QueryError extends FhirError {
  readonly locations: readonly Place[];

  constructor(status: number, issue: Issue, locations: readonly Place[], headers?: Record<string, string>) {
    super(status, [issue], headers);
    this.name = 'QueryError';
    this.locations = locations;
  }
}

/** A refusal with status 400 of what stands at a node of the query. */
export function refusal(
  node: ASTNode | undefined,
  diagnostics: string,
  code: Issue['code'] = 'invalid',
): QueryError {
  const start = node?.loc?.startToken;
  const locations = start === undefined ? [] : [{ line: start.line, column: start.column }];
  return new QueryError(400, { severity: 'error', code, diagnostics }, locations);
}
