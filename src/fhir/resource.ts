/**
 * A resource as parsed from JSON, before any assumption on its type. Decimals that JavaScript would
 * alter (`1.10`, more than 17 digits) are `JSON.rawJSON` values: see `json.ts`.
 */
export interface Resource {
  resourceType: string;
  id?: string;
  meta?: Meta;
  [element: string]: unknown;
}

export interface Meta {
  versionId?: string;
  lastUpdated?: string;
  source?: string;
  profile?: string[];
  security?: { system?: string; code?: string }[];
  tag?: { system?: string; code?: string }[];
  [element: string]: unknown;
}
