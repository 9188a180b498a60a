import { faultLabel, meaningOf } from '../../../src/ins/insi/faults.ts';

describe('a fault of INSi', () => {
  test.each([
    [{ subcode: 'siram_40', code: 'insi_102' }, 'unavailable service', true],
    [{ subcode: 'siram_40', code: 'desir_1020' }, 'unavailable service', true],
    [{ subcode: 'siram_40', code: 'insi_111' }, 'unavailable service', true],
    [{ subcode: 'siram_40', code: 'insi_7' }, 'unavailable service', true],
    [{ code: 'desir_1020' }, 'unavailable service', true],
    [{ subcode: 'siram_10', code: 'insi_19' }, 'rejected-input insi_19 birthName', false],
    [{ subcode: 'siram_10', code: 'insi_24' }, 'rejected-input insi_24 sex', false],
    [{ code: 'insi_24' }, 'rejected-input insi_24 sex', false],
    [{ subcode: 'siram_10', code: 'insi_33' }, 'rejected-input insi_33', false],
    [{ subcode: 'siram_10' }, 'rejected-input siram_10', false],
    [{ subcode: 'siram_100', code: 'desir_550' }, 'misconfigured software-not-authorised', false],
    [{ subcode: 'siram_40', code: 'desir_560' }, 'misconfigured software-not-authorised', false],
    [{ subcode: 'siram_100', code: 'desir_999' }, 'misconfigured software-not-authorised', false],
    [{ subcode: 'siram_77', code: 'insi_7' }, 'unavailable technical-fault', false],
    [{}, 'unavailable technical-fault', false],
  ])('%j is %s, retryable %j', (fault, expected, retryable) => {
    const meaning = meaningOf(fault);
    const { failure } = meaning;
    const parts = [
      failure.outcome,
      'reason' in failure && failure.reason,
      'trait' in failure && failure.trait,
    ];
    expect(parts.filter((part) => part).join(' ')).toBe(expected);
    expect(meaning.retryable).toBe(retryable);
  });

  test('is traced by its codes', () => {
    expect(faultLabel({ subcode: 'siram_40', code: 'insi_102' })).toBe('siram_40/insi_102');
    expect(faultLabel({ code: 'insi_102' })).toBe('insi_102');
    expect(faultLabel({})).toBe('fault');
  });
});
