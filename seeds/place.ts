/** A commune of France, or a foreign country as the COG of Insee names it. */
export interface Place {
  /** COG: five characters, `49007`, `2B033`, `97411`; `99xxx` for a country. */
  cog: string;
  name: string;
  /** ISO 3166-1 alpha-3, as FR Core writes Address.country; absent where the place is unknown. */
  country?: string;
  /** Absent for a foreign country. */
  postalCode?: string;
}
