/** One setting of the server. */
export interface Setting {
  type: 'text' | 'integer' | 'choice' | 'list' | 'origin' | 'origins' | 'networks';
  default: string;
  choices?: readonly string[];
  /** Bounds of an integer, both included. */
  range?: readonly [least: number, most: number];
  secret?: true;
  doc: string;
}
