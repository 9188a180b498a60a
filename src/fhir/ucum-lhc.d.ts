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
  interface ValidUnit {
    status: 'valid' | 'invalid' | 'error';
    /** The code as it should be written, which may be another one than was given. */
    ucumCode?: string | null;
    unit?: { code: string; name: string };
  }
  interface Conversion {
    status: 'succeeded' | 'failed' | 'error';
    toVal: number | null;
  }
  interface UcumUtilities {
    convertUnitTo(from: string, value: number, to: string): Conversion;
    convertToBaseUnits(unit: string, value: number): BaseUnits;
    validateUnitString(unit: string): ValidUnit;
  }
  const ucum: { UcumLhcUtils: { getInstance(): UcumUtilities } };
  export default ucum;
}
