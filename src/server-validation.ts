import { readFileSync } from 'node:fs';
import type { ConformanceResources } from './fhir/conformance/conformance-resources.ts';
import type { R4Definitions } from './fhir/definitions/model.ts';
import { namedByResources } from './interactions/definitions/named-canonicals.ts';
import type { TenantParts } from './interactions/definitions/tenant-definitions.ts';
import { TenantValidators } from './interactions/definitions/tenant-validators.ts';
import type { TerminologyService } from './interactions/terminology/service.ts';
import type { Validation } from './interactions/validation.ts';
import { JsonCheck } from './json-schema/json-check.ts';
import type { Logger } from './operability/logging.ts';
import type { Settings } from './operability/settings.ts';
import type { ResourceStores } from './store/contract.ts';
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
  log: Logger;
  definitions: R4Definitions;
  /** Another object when the packages are others. */
  conformance(): ConformanceResources;
  structure: Validator;
  stores: ResourceStores;
  terminology: TerminologyService;
  /** Absolute URL of the FHIR base. */
  baseUrl: string;
}

/**
 * The validation of a server; nothing is loaded and compiled before something is to be validated.
 * @throws Error on a file of VALIDATION_RULES that cannot be used
 */
export function openValidation(parts: ValidationParts): Validation {
  const { settings, log, definitions, conformance, structure, stores, terminology, baseUrl } = parts;
  const makeValidator: TenantParts['makeValidator'] = (resources, content) =>
    createConformanceValidator({
      definitions,
      conformance: resources,
      terminology: content,
      structure,
      withAdvice: settings.VALIDATION_ADVICE === 'on',
    });
  let made: { of: ConformanceResources; validator: ConformanceValidator } | undefined;
  const validators = new TenantValidators({
    stores,
    shared() {
      const resources = conformance();
      if (made?.of !== resources) {
        made = { of: resources, validator: makeValidator(resources, localTerminology(resources)) };
      }
      return made.validator;
    },
    partsOf(tenant) {
      const store = stores.forTenant(tenant);
      return {
        conformance: conformance(),
        store,
        terminology: () => terminology.of({ store, tenant }, baseUrl),
        makeValidator,
      };
    },
    onFailure: (error) => log.error('failure', { stack: (error as Error).stack }),
  });
  return {
    async of(tenant, resources, profiles) {
      await terminology.takeLarge(() => namedByResources(resources, profiles).codeSystems);
      return validators.of(tenant, resources, profiles);
    },
    committed: (tenant, types) => validators.committed(tenant, types),
    writes: createWriteValidation(writePolicy(settings)),
  };
}

function writePolicy({ VALIDATION, VALIDATION_REFERENCES, VALIDATION_RULES }: Settings): WritePolicy {
  const ofServer = { level: VALIDATION, references: VALIDATION_REFERENCES };
  return VALIDATION_RULES === '' ? ofServer : { ...ofServer, ...readRules(VALIDATION_RULES) };
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
  references: { enum: ['named', 'stored'] },
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
