/** The part of the library that is used; it brings no types of its own. */
declare module '@lhncbc/ucum-lhc' {
  interface BaseUnits {
    status: 'succeeded' | 'failed' | 'invalid' | 'error';
    magnitude?: number;
    /** Exponents of the base units. */
    unitToExp?: Record<string, number>;
    /** The conversion is more than a factor. */
    fromUnitIsSpecial?: boolean;
  }
  const ucum: {
    UcumLhcUtils: { getInstance(): { convertToBaseUnits(unit: string, value: number): BaseUnits } };
  };
  export default ucum;
}
