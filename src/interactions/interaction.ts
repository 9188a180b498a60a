import type { FhirRequest, FhirResponse } from './request.ts';

/** What a request asks for: a code of the FHIR value set restful-interaction, or an operation. */
export type InteractionCode =
  | 'read'
  | 'vread'
  | 'update'
  | 'patch'
  | 'delete'
  | 'history-instance'
  | 'history-type'
  | 'history-system'
  | 'create'
  | 'search-type'
  | 'search-system'
  | 'capabilities'
  | 'transaction'
  | 'batch'
  | 'operation';

export interface Interaction {
  code: InteractionCode;
  /** The resource type, where the URL names one. */
  type?: string;
  /** The operation's name without `$`. */
  operation?: string;
  run(): Promise<FhirResponse>;
}

/** Finds the interaction that a request asks for. */
export type Interactions = (request: FhirRequest) => Interaction;
