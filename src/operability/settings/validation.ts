import type { Setting } from './setting.ts';

/** Validation of what is written, beyond the structure of R4, which is always checked. */
export const validationSettings = {
  VALIDATION: {
    type: 'choice',
    default: 'claimed',
    choices: ['off', 'claimed', 'base', 'declared', 'enforce'],
    doc: 'What a write is validated by beyond the structure of R4. off: nothing. claimed: where the resource declares a profile that is known here, the rules of R4 and the profiles that it declares. base: always the rules of R4. declared: these and the profiles that the resource declares. enforce: these and the FR Core profile of its type. Errors refuse the write with 422.',
  },
  VALIDATION_RULES: {
    type: 'text',
    default: '',
    doc: 'JSON file with other levels by type and tenant, where errors are warnings, and with profiles of your own: docs/validation.md. Empty: VALIDATION for all.',
  },
} as const satisfies Record<string, Setting>;
