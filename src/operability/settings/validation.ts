import type { Setting } from './setting.ts';

/** Validation of what is written, beyond the structure of R4, which is always checked. */
export const validationSettings = {
  VALIDATION: {
    type: 'choice',
    default: 'claimed',
    choices: ['off', 'claimed', 'base', 'declared', 'enforce'],
    doc: 'What a write is validated by beyond the structure of R4. off: nothing. claimed: where the resource declares a profile that is known here, the rules of R4 and the profiles that it declares. base: always the rules of R4. declared: these and the profiles that the resource declares. enforce: these and the FR Core profile of its type. Errors refuse the write with 422.',
  },
  VALIDATION_ADVICE: {
    type: 'choice',
    default: 'off',
    choices: ['off', 'on'],
    doc: 'Whether validation tells advice as well: invariants of best practice as warnings, codes outside preferred value sets as information.',
  },
  VALIDATION_REFERENCES: {
    type: 'choice',
    default: 'named',
    choices: ['named', 'stored'],
    doc: 'What the target of a reference to a resource of this server is judged by, where rules and profiles are checked. named: the type that the reference names. stored: the resource, which must be there and hold to one of the target profiles.',
  },
  VALIDATION_RULES: {
    type: 'text',
    default: '',
    doc: 'JSON file with other levels and other checks of references by type and tenant, where errors are warnings, and with profiles of your own: docs/validation.md. Empty: VALIDATION for all.',
  },
} as const satisfies Record<string, Setting>;
