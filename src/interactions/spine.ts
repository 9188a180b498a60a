import type { CapabilityStatementRestSecurity } from 'fhir/r4.d.ts';
import type { R4Definitions } from '../fhir/definitions/model.ts';
import type { Resource } from '../fhir/resource.ts';
import type { IndexValues } from '../search/index-values.ts';
import type { SearchParameters } from '../search/parameters.ts';
import type { ResourceStores } from '../store/contract.ts';
import type { Validator } from '../validation/validator.ts';
import type { Limits } from './limits.ts';
import type { OperationRegistry } from './operation.ts';
import type { Policy } from './policy.ts';
import type { Links } from './reference-rewriting.ts';
import type { ResourceRules } from './rules.ts';
import type { TerminologyService } from './terminology/service.ts';
import type { Validation } from './validation.ts';

/** What every interaction works with; built once by the server. */
export interface Spine {
  stores: ResourceStores;
  definitions: R4Definitions;
  /** Names of the resource types that this server keeps. */
  resourceTypes: ReadonlySet<string>;
  /** Checks the structure. */
  validator: Validator;
  validation: Validation;
  parameters: SearchParameters;
  extract: (resource: Resource) => IndexValues;
  /** By resource type. */
  rules: ReadonlyMap<string, ResourceRules>;
  operations: OperationRegistry;
  /** Code systems, value sets and concept maps. */
  terminology: TerminologyService;
  /** Finds the links of a resource. */
  links: Links;
  policy: Policy;
  limits: Limits;
  /** Absolute URL of the FHIR base without trailing slash. */
  baseUrl: string;
  /** Signs the page links. */
  pagingSecret: Buffer;
  software: { name: string; version: string };
  /**
   * Canonicals of the implementation guides that packages brought, for the CapabilityStatement; another array when the
   * packages are others.
   */
  implementationGuides(): readonly string[];
  /** How callers log in, for the CapabilityStatement; absent where nobody does. */
  security?: CapabilityStatementRestSecurity;
}
