import type { FunctionRule } from '../call.ts';
import { conversionFunctions } from './conversion.ts';
import { existenceFunctions } from './existence.ts';
import { fhirFunctions } from './fhir.ts';
import { filteringFunctions } from './filtering.ts';
import { mathFunctions } from './math.ts';
import { stringFunctions } from './strings.ts';
import { subsettingFunctions } from './subsetting.ts';
import { treeFunctions } from './tree.ts';

/** The functions of FHIRPath N1 and those that FHIR R4 adds, by name. */
export const functions: Readonly<Record<string, FunctionRule>> = {
  ...existenceFunctions,
  ...filteringFunctions,
  ...subsettingFunctions,
  ...conversionFunctions,
  ...stringFunctions,
  ...mathFunctions,
  ...treeFunctions,
  ...fhirFunctions,
};
