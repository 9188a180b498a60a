import { defaultIdentityPolicy } from '../../src/ins/identity-policy.ts';
import {
  type IdentityEvent,
  type IdentityState,
  type IdentityStatus,
  identityStatuses,
  isBlocked,
  mayTransmitIns,
  transition,
} from '../../src/ins/identity-status.ts';

const states: Record<IdentityStatus, IdentityState> = {
  PROV: { status: 'PROV', attributes: [] },
  RECUP: { status: 'RECUP', attributes: [] },
  VALI: { status: 'VALI', attributes: [], evidence: 'PA' },
  QUAL: { status: 'QUAL', attributes: [], evidence: 'PA' },
};

/** `STATUS`, `!` when the INS is invalidated, `!!` when recipients must be told too; `?x` flag; else the refusal. */
function describeTransition(state: IdentityState, event: IdentityEvent): string {
  const result = transition(state, event, defaultIdentityPolicy);
  if (result.outcome === 'refused') return result.reason;
  const { insInvalidated, recipientsToInform, flag } = result;
  const alarm = recipientsToInform ? '!!' : insInvalidated ? '!' : '';
  const attributes = result.state.attributes.map((attribute) => `+${attribute}`).join('');
  return `${result.state.status}${attributes}${alarm}${flag === undefined ? '' : `?${flag}`}`;
}

// One row for each event, one cell for each status: PROV, RECUP, VALI, QUAL.
const table: [event: IdentityEvent, ...cells: [string, string, string, string]][] = [
  [{ type: 'insi-confirmed' }, 'RECUP', 'RECUP', 'QUAL', 'QUAL'],
  [{ type: 'document-checked', evidence: 'PA' }, 'VALI', 'QUAL', 'VALI', 'QUAL'],
  [{ type: 'document-checked', evidence: 'CN' }, 'VALI', 'QUAL', 'VALI', 'QUAL'],
  [{ type: 'document-checked', evidence: 'AN' }, 'VALI', 'QUAL', 'VALI', 'QUAL'],
  [{ type: 'document-checked', evidence: 'LE' }, 'VALI', 'QUAL', 'VALI', 'QUAL'],
  [
    { type: 'document-checked', evidence: 'CS' },
    'VALI',
    'evidence-does-not-qualify',
    'VALI',
    'evidence-does-not-qualify',
  ],
  [
    { type: 'document-checked', evidence: 'PC' },
    'evidence-not-trusted',
    'evidence-not-trusted',
    'evidence-not-trusted',
    'evidence-not-trusted',
  ],
  [{ type: 'mismatch' }, 'PROV?mismatch', 'RECUP?mismatch', 'VALI?mismatch', 'QUAL?mismatch'],
  [{ type: 'superseded' }, 'PROV?superseded', 'RECUP?superseded', 'VALI?superseded', 'QUAL?superseded'],
  [{ type: 'not-found' }, 'PROV?not-found', 'RECUP?not-found', 'VALI?not-found', 'QUAL?not-found'],
  [{ type: 'ambiguous' }, 'PROV?ambiguous', 'RECUP?ambiguous', 'VALI?ambiguous', 'QUAL?ambiguous'],
  [{ type: 'outage' }, 'PROV?outage', 'RECUP?outage', 'VALI?outage', 'QUAL?outage'],
  [
    { type: 'marked', attribute: 'douteux' },
    'PROV+douteux',
    'PROV+douteux!',
    'PROV+douteux',
    'PROV+douteux!!',
  ],
  [{ type: 'marked', attribute: 'fictif' }, 'PROV+fictif', 'PROV+fictif!', 'PROV+fictif', 'PROV+fictif!!'],
  [
    { type: 'marked', attribute: 'homonyme' },
    'PROV+homonyme',
    'RECUP+homonyme',
    'VALI+homonyme',
    'QUAL+homonyme',
  ],
  [
    { type: 'cleared', attribute: 'douteux' },
    'attribute-not-set',
    'attribute-not-set',
    'attribute-not-set',
    'attribute-not-set',
  ],
  [
    { type: 'cleared', attribute: 'fictif' },
    'attribute-not-set',
    'attribute-not-set',
    'attribute-not-set',
    'attribute-not-set',
  ],
  [
    { type: 'cleared', attribute: 'homonyme' },
    'attribute-not-set',
    'attribute-not-set',
    'attribute-not-set',
    'attribute-not-set',
  ],
  [{ type: 'document-withdrawn' }, 'no-document', 'no-document', 'PROV', 'PROV!!'],
  [{ type: 'verification-failed' }, 'no-ins', 'PROV!', 'no-ins', 'VALI!!'],
];

const cells = table.flatMap(([event, ...expected]) =>
  identityStatuses.map((status, index) => [status, JSON.stringify(event), expected[index]!, event] as const),
);

describe('the transitions of an identity', () => {
  test.each(cells)('%s on %s: %s', (status, _, expected, event) => {
    expect(describeTransition(states[status], event)).toBe(expected);
  });

  test('the table has a row for every event and a cell for every status', () => {
    const types: Record<IdentityEvent['type'], true> = {
      'insi-confirmed': true,
      'document-checked': true,
      mismatch: true,
      superseded: true,
      'not-found': true,
      ambiguous: true,
      outage: true,
      marked: true,
      cleared: true,
      'document-withdrawn': true,
      'verification-failed': true,
    };
    expect(new Set(table.map(([{ type }]) => type))).toEqual(new Set(Object.keys(types)));
  });

  test.each(['douteux', 'fictif'] as const)('%s blocks INSi and documents until cleared', (attribute) => {
    const blocked: IdentityState = {
      status: 'PROV',
      attributes: [attribute],
    };
    expect(isBlocked(blocked)).toBe(true);
    for (const type of ['insi-confirmed', 'mismatch', 'superseded', 'not-found', 'ambiguous'] as const) {
      expect(describeTransition(blocked, { type })).toBe('blocked-by-attribute');
    }
    expect(
      describeTransition(blocked, {
        type: 'document-checked',
        evidence: 'PA',
      }),
    ).toBe('blocked-by-attribute');
    expect(describeTransition(blocked, { type: 'outage' })).toBe(`PROV+${attribute}?outage`);
    expect(describeTransition(blocked, { type: 'cleared', attribute })).toBe('PROV');
  });

  test.each([
    ['homonyme', 'douteux', 'PROV+homonyme+douteux'],
    ['douteux', 'homonyme', 'PROV+homonyme+douteux'],
    ['douteux', 'fictif', 'attributes-incompatible'],
    ['fictif', 'douteux', 'attributes-incompatible'],
    ['homonyme', 'fictif', 'attributes-incompatible'],
    ['fictif', 'homonyme', 'attributes-incompatible'],
    ['fictif', 'fictif', 'PROV+fictif'],
    ['homonyme', 'homonyme', 'PROV+homonyme'],
  ] as const)('%s then marked %s: %s', (present, attribute, expected) => {
    const state: IdentityState = { status: 'PROV', attributes: [present] };
    expect(describeTransition(state, { type: 'marked', attribute })).toBe(expected);
  });

  test('a homonyme moves on as any other', () => {
    const state: IdentityState = {
      status: 'VALI',
      attributes: ['homonyme'],
      evidence: 'CN',
    };
    expect(describeTransition(state, { type: 'insi-confirmed' })).toBe('QUAL+homonyme');
    expect(describeTransition(state, { type: 'cleared', attribute: 'homonyme' })).toBe('VALI');
  });

  test('a validated identity qualifies only on a recorded document that qualifies', () => {
    const unrecorded: IdentityState = { status: 'VALI', attributes: [] };
    expect(describeTransition(unrecorded, { type: 'insi-confirmed' })).toBe('evidence-missing');
    const permit: IdentityState = { ...unrecorded, evidence: 'CS' };
    expect(describeTransition(permit, { type: 'insi-confirmed' })).toBe('evidence-does-not-qualify');
    const policy = {
      ...defaultIdentityPolicy,
      qualifyingModes: ['CS'] as const,
    };
    expect(transition(permit, { type: 'insi-confirmed' }, policy)).toMatchObject({
      state: { status: 'QUAL' },
    });
  });

  test('evidence is recorded with the check and forgotten with the withdrawal', () => {
    const checked = transition(
      states.PROV,
      { type: 'document-checked', evidence: 'CN' },
      defaultIdentityPolicy,
    );
    expect(checked).toMatchObject({
      state: { status: 'VALI', evidence: 'CN' },
    });
    const withdrawn = transition(states.QUAL, { type: 'document-withdrawn' }, defaultIdentityPolicy);
    expect(withdrawn).toMatchObject({
      state: { status: 'PROV', attributes: [] },
    });
    expect(withdrawn.outcome === 'accepted' && withdrawn.state).not.toHaveProperty('evidence');
  });

  test('no outage and no answer without confirmation ever moves a status', () => {
    for (const status of identityStatuses) {
      for (const type of ['outage', 'mismatch', 'superseded', 'not-found', 'ambiguous'] as const) {
        expect(transition(states[status], { type }, defaultIdentityPolicy)).toMatchObject({
          state: states[status],
        });
      }
    }
  });

  test('the matricule may leave with a qualified identity only', () => {
    const allowed = identityStatuses.filter((status) => mayTransmitIns(states[status]));
    expect(allowed).toEqual(['QUAL']);
    expect(mayTransmitIns({ status: 'QUAL', attributes: ['douteux'] })).toBe(false);
    expect(mayTransmitIns({ status: 'QUAL', attributes: ['homonyme'] })).toBe(true);
  });
});
