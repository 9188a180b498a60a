/** What the definitions call an element. */
export interface Place {
  /** Path from the type that defines it, such as `HumanName.given` or `Patient.contact.name`. */
  path: string;
  /**
   * Its types that are defined on their own, such as `string`; none for an element defined in place. Of an element that
   * has the content of another one, the path of that as well.
   */
  types: readonly string[];
}
