import type { UnitVerificationContract } from '../../../src/ins/insi/settings.ts';
import { simulatedInsi } from './simulated.ts';
import { adrun, testOids, traitsOf } from './support.ts';

const { simulator, client, counting } = simulatedInsi();

describe('verifying an INS through a search', () => {
  const ins = { number: '2751263220749', oid: testOids.nir };

  test('all agrees: verified', async () => {
    expect(await client().verify(ins, adrun)).toMatchObject({
      outcome: 'verified',
      differences: [],
      identity: { active: { number: ins.number } },
      trace: { insiCode: '00', contract: 'confirmed' },
    });
  });

  test('only separators differ: verified, with the difference', async () => {
    const traits = {
      ...traitsOf("D'ARTAGNAN DE L'HERAULT", 'PIERRE-ALAIN GUNTHER', 'M', '2001-06-17', '63220'),
      givenNames: 'PIERRE ALAIN GUNTHER',
    };
    expect(await client().verify({ number: '1010663220754', oid: testOids.nir }, traits)).toMatchObject({
      outcome: 'verified',
      differences: [{ trait: 'givenNames', severity: 'minor' }],
    });
  });

  test.each([
    ['another matricule', { ...ins, number: '1810163220751' }, adrun, ['matricule']],
    ['another OID', { ...ins, oid: testOids.nia }, adrun, ['oid']],
    ['another place', ins, { ...adrun, birthPlace: '75056' }, ['birthPlace']],
  ])('%s: mismatch', async (_, given, traits, expected) => {
    const answer = await client().verify(given, traits);
    expect(answer).toMatchObject({ outcome: 'mismatch' });
    const differences = 'differences' in answer ? answer.differences : [];
    expect(differences.map(({ trait }) => trait)).toEqual(expected);
  });

  test('a former matricule: superseded', async () => {
    const traits = traitsOf('ECETINSI', 'PIERRE-ALAIN MURIEL FLORIANT', 'M', '2009-07-14', '63220');
    expect(await client().verify({ number: '2090763220834', oid: testOids.nir }, traits)).toMatchObject({
      outcome: 'superseded',
      identity: { active: { number: '1090763220834' } },
    });
    expect(await client().verify({ number: '2090763220834', oid: testOids.nia }, traits)).toMatchObject({
      outcome: 'mismatch',
    });
  });

  test('an active matricule that its own history repeats: verified', async () => {
    const traits = traitsOf('CORSE', 'ANTHONY', 'M', '1980-03-02', '2B020');
    expect(await client().verify({ number: '180032B020401', oid: testOids.nir }, traits)).toMatchObject({
      outcome: 'verified',
    });
  });

  test.each([
    [traitsOf('HOUILLES', 'PIERRE', 'M', '1993-01-27'), 'not-found'],
    [traitsOf('DE VINCI', 'LEONARDO', 'M', '2014-02-01'), 'ambiguous'],
  ])('nothing to compare with: as the search', async (traits, outcome) => {
    expect(await client().verify(ins, traits)).toMatchObject({ outcome });
  });

  test('an outage is never a mismatch', async () => {
    simulator.switches.set({ outage: 'http-500' });
    expect(await client().verify(ins, adrun)).toMatchObject({ outcome: 'unavailable' });
  });
});

describe('the other adapters of verification', () => {
  const contract: UnitVerificationContract = {
    operation: 'verifierInsAvecTraitsIdentite',
    requestNamespace: 'http://www.cnamts.fr/INSiLot2/REQUnitaire',
    requestElement: 'RequeteUnitaire',
    answerNamespace: 'http://www.cnamts.fr/INSiLot2/REPUnitaire',
    codeElement: 'CodeCR',
    verifiedCodes: ['00'],
    mismatchCodes: ['01'],
  };
  const unit = (change: Partial<UnitVerificationContract> = {}) =>
    client({}, { verification: { adapter: 'unit', contract: { ...contract, ...change } } });
  const ins = { number: '2751263220749', oid: testOids.nir };

  test('unit: yes or no, without identity, marked unconfirmed', async () => {
    simulator.switches.set({ unitVerification: true });
    const yes = await unit().verify(ins, adrun);
    expect(yes).toMatchObject({
      outcome: 'verified',
      trace: { contract: 'not-confirmed', operation: contract.operation },
    });
    expect(yes).not.toHaveProperty('identity');
    expect('rawAnswer' in yes && yes.rawAnswer).toContain('simulated-contract');
    expect(await unit().verify({ ...ins, oid: testOids.nia }, adrun)).toMatchObject({ outcome: 'mismatch' });
    expect(await unit().verify(ins, { ...adrun, birthPlace: '75056' })).toMatchObject({
      outcome: 'mismatch',
    });
    const nia = traitsOf('PROVISOIRE', 'MATRICULE', 'M', '2009-07-01', '63220');
    expect(await unit().verify({ number: '1090763220888', oid: testOids.nia }, nia)).toMatchObject({
      outcome: 'verified',
    });
  });

  test('unit: codes and names that the configuration does not know', async () => {
    simulator.switches.set({ unitVerification: true });
    expect(await unit({ verifiedCodes: [], mismatchCodes: [] }).verify(ins, adrun)).toMatchObject({
      outcome: 'unknown-code',
      code: '00',
    });
    expect(await unit({ codeElement: 'Absent' }).verify(ins, adrun)).toMatchObject({
      outcome: 'unavailable',
      reason: 'malformed-answer',
    });
  });

  test('unit: refused traits and faults as for a search', async () => {
    expect(await unit().verify(ins, { ...adrun, birthName: '7' })).toMatchObject({
      outcome: 'rejected-input',
    });
    expect(await unit().verify(ins, adrun)).toMatchObject({
      outcome: 'unavailable',
      reason: 'technical-fault',
    });
  });

  test('off: refuses without calling', async () => {
    const off = client({}, { verification: { adapter: 'off' } });
    const { answer, calls } = await counting(() => off.verify(ins, adrun));
    expect(answer).toMatchObject({ outcome: 'misconfigured', reason: 'verification-disabled' });
    expect(calls).toBe(0);
  });
});
