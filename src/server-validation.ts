import { readFileSync } from 'node:fs';
import type { ConformanceResources } from './fhir/conformance/conformance-resources.ts';
import type { R4Definitions } from './fhir/definitions/model.ts';
import type { Validation } from './interactions/validation.ts';
import { JsonCheck } from './json-schema/json-check.ts';
import type { Settings } from './operability/settings.ts';
import { localTerminology } from './terminology/local-terminology.ts';
import {
  type ConformanceValidator,
  createConformanceValidator,
} from './validation/profiles/conformance-validator.ts';
import type { Validator } from './validation/validator.ts';
import type { WritePolicy } from './validation/write/write-policy.ts';
import { createWriteValidation } from './validation/write/write-validation.ts';

export interface ValidationParts {
  settings: Settings;
  definitions: R4Definitions;
  /** Another object when the packages are others. */
  conformance(): ConformanceResources;
  structure: Validator;
}

/**
 * The validation of a server; nothing is loaded and compiled before something is to be validated.
 * @throws Error on a file of VALIDATION_RULES that cannot be used
 */
export function openValidation({
  settings,
  definitions,
  conformance,
  structure,
}: ValidationParts): Validation {
  let made: { of: ConformanceResources; validator: ConformanceValidator } | undefined;
  const profiles = () => {
    const resources = conformance();
    if (made?.of !== resources) {
      const terminology = localTerminology(resources);
      const parts = { definitions, conformance: resources, terminology, structure };
      made = { of: resources, validator: createConformanceValidator(parts) };
    }
    return made.validator;
  };
  return { profiles, writes: createWriteValidation(writePolicy(settings), profiles) };
}

function writePolicy({ VALIDATION, VALIDATION_RULES }: Settings): WritePolicy {
  if (VALIDATION_RULES === '') return { level: VALIDATION };
  const rules = readRules(VALIDATION_RULES);
  return { level: VALIDATION, ...rules };
}

function readRules(file: string): Omit<WritePolicy, 'level'> {
  let rules: unknown;
  try {
    rules = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`VALIDATION_RULES: ${file} cannot be read as JSON`, { cause });
  }
  if (!check.accepts(rules)) throw new Error(`VALIDATION_RULES: ${file}: ${check.problems}`);
  return rules;
}

const rule = {
  level: { enum: ['off', 'claimed', 'base', 'declared', 'enforce'] },
  asWarnings: { type: 'boolean' },
};
const types = {
  type: 'object',
  propertyNames: { pattern: '^[A-Z][A-Za-z]+$' },
  additionalProperties: { type: 'object', additionalProperties: false, properties: rule },
};

const check = new JsonCheck<Omit<WritePolicy, 'level'>>({
  type: 'object',
  additionalProperties: false,
  properties: {
    ...rule,
    types,
    tenants: {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: false, properties: { ...rule, types } },
    },
    profiles: {
      type: 'object',
      propertyNames: { pattern: '^[A-Z][A-Za-z]+$' },
      additionalProperties: { type: 'array', items: { type: 'string', pattern: '^[a-z]+:' } },
    },
  },
});
