import { simulatedInsi } from './simulated.ts';
import { adrun, testOids, traitsOf } from './support.ts';

const { simulator, client, counting } = simulatedInsi();

describe('searching a person', () => {
  test('finds her, with a trace that has no identity', async () => {
    const answer = await client().search(adrun);
    expect(answer).toMatchObject({
      outcome: 'found',
      identity: {
        active: { number: '2751263220749', key: '74', keyVerified: true, oid: testOids.nir },
        history: [],
        traits: {
          birthName: 'ADRUN',
          givenNames: 'ZOE',
          sex: 'F',
          birthDate: '1975-12-31',
          birthPlace: '63220',
        },
      },
      trace: {
        checkedAt: '2026-01-01T10:00:00.000Z',
        source: 'insi-simulator',
        operation: 'rechercherInsAvecTraitsIdentite',
        contract: 'confirmed',
        insiCode: '00',
      },
    });
    expect(answer.trace.messageIds).toEqual([expect.stringMatching(/^uuid:[0-9a-f-]{36}$/)]);
    expect(JSON.stringify(answer.trace)).not.toMatch(/ADRUN|ZOE|27512632207/);
    expect(answer.outcome === 'found' && answer.rawAnswer).toContain('<NumIdentifiant>2751263220749<');
  });

  test.each([
    [
      '2.03 case 1',
      traitsOf("D'ARTAGNAN DE L'HERAULT", 'PIERRE-ALAIN', 'M', '2001-06-17', '63220'),
      '1010663220754',
    ],
    ['2.03 case 2', traitsOf('ADRTROIS', 'TOUSSAINT', 'M', '1960-01-01', '2B020'), '160012B020777'],
    ['2.05', traitsOf('PROVISOIRE', 'MATRICULE', 'M', '2009-07-01', '63220'), '1090763220888'],
    ['2.08 case 1', traitsOf('CORSE', 'ANTHONY', 'M', '1980-03-02', '2B020'), '180032B020401'],
    ['2.08 case 2', traitsOf('HERMAN', 'GATIEN', 'M', '1981-03-24', '63220'), '1810363220456'],
    [
      'local case and accents',
      traitsOf('d’Artagnan de l’Hérault', 'Pierre-Alain', 'M', '2001-06-17'),
      '1010663220754',
    ],
  ])('CNDA %s', async (_, traits, number) => {
    const { answer, calls } = await counting(() => client().search(traits));
    expect(answer).toMatchObject({ outcome: 'found', identity: { active: { number } } });
    expect(calls).toBe(1);
  });

  test('CNDA 2.03 case 3: ligatures are converted, so that the call can be made', async () => {
    const { answer, calls } = await counting(() =>
      client().search(traitsOf('D’ÆION', 'CŒUR', 'M', '1987-01-01')),
    );
    expect(answer).toMatchObject({
      outcome: 'not-found',
      rawAnswer: expect.stringContaining('<CodeCR>01<'),
      trace: { insiCode: '01' },
    });
    expect(calls).toBe(1);
  });

  test('CNDA 2.04: the history is kept as it came, odd dates included', async () => {
    const answer = await client().search(traitsOf('ECETINSI', 'PIERRE-ALAIN', 'M', '2009-07-14'));
    expect(answer).toMatchObject({
      identity: {
        active: { number: '1090763220834' },
        history: [
          { number: '2090763220834', start: '2019-03-01', end: '2019-02-28' },
          { number: '2090663220123', start: '2009-07-14', end: '2019-02-28' },
        ],
      },
    });
  });

  test('CNDA 2.05: a NIA has its own OID', async () => {
    const answer = await client().search(traitsOf('PROVISOIRE', 'MATRICULE', 'M', '2009-07-01'));
    expect(answer).toMatchObject({ identity: { active: { oid: testOids.nia } } });
  });

  test('CNDA 2.06: several identities, settled by the birth place', async () => {
    const withoutPlace = traitsOf('DE VINCI', 'LEONARDO', 'M', '2014-02-01');
    const first = await counting(() => client().search(withoutPlace));
    expect(first).toMatchObject({ answer: { outcome: 'ambiguous', trace: { insiCode: '02' } }, calls: 1 });
    const second = await counting(() => client().search({ ...withoutPlace, birthPlace: '63220' }));
    expect(second).toMatchObject({ answer: { outcome: 'found', trace: { insiCode: '00' } }, calls: 2 });
    expect(second.answer.trace.messageIds).toHaveLength(2);
  });

  test('the birth place is left out when the settings say so, and settles nothing when it is wrong', async () => {
    const traits = traitsOf('DE VINCI', 'LEONARDO', 'M', '2014-02-01', '63220');
    const off = await counting(() => client({ settleWithBirthPlace: false }).search(traits));
    expect(off).toMatchObject({ answer: { outcome: 'ambiguous' }, calls: 1 });
    const wrong = await counting(() => client().search({ ...traits, birthPlace: '13055' }));
    expect(wrong).toMatchObject({ answer: { outcome: 'ambiguous', trace: { insiCode: '02' } }, calls: 2 });
  });

  test('another given name may settle several identities', async () => {
    const { answer, calls } = await counting(() =>
      client().search(traitsOf('DE VINCI', 'LEONARDO PIERO', 'M', '2014-02-01')),
    );
    expect(answer).toMatchObject({ outcome: 'found', identity: { active: { number: '1140263220833' } } });
    expect(calls).toBe(2);
  });

  test('CNDA 2.07 case 1: the second given name is the one', async () => {
    const traits = traitsOf('TCHITCHI', 'OLA CATARINA BELLA', 'F', '1936-06-21');
    const { answer, calls } = await counting(() => client().search(traits));
    expect(answer).toMatchObject({ outcome: 'found', identity: { active: { number: '2360663220836' } } });
    expect(calls).toBe(2);
  });

  test('CNDA 2.07 case 2: each given name, then all of them, and nobody', async () => {
    const traits = traitsOf('HOUILLES', 'PIERRE PAUL JACQUES', 'M', '1993-01-27');
    const { answer, calls } = await counting(() => client().search(traits));
    expect(answer).toMatchObject({ outcome: 'not-found', trace: { insiCode: '01' } });
    expect(calls).toBe(4);
  });

  test('CNDA 2.08 case 2: wrong keys come through, marked', async () => {
    const answer = await client().search(traitsOf('HERMAN', 'GATIEN', 'M', '1981-03-24'));
    expect(answer).toMatchObject({
      identity: {
        active: { key: '60', keyVerified: false },
        history: [{ number: '2810363220456', key: '10', keyVerified: false }],
        traits: { birthName: 'HERMANN' },
      },
    });
  });

  test('a technical fault ends the loop of given names', async () => {
    simulator.switches.set({ missingPerson: 'insi_102' });
    const traits = traitsOf('TCHITCHI', 'OLA CATARINA BELLA', 'F', '1936-06-21');
    const { answer, calls } = await counting(() => client({ retries: 0 }).search(traits));
    expect(answer).toMatchObject({
      outcome: 'unavailable',
      reason: 'service',
      trace: { insiFault: 'siram_40/insi_102' },
    });
    expect(calls).toBe(1);
  });

  test('traits that INSi would refuse are not sent', async () => {
    const { answer, calls } = await counting(() => client().search({ ...adrun, birthName: 'R2D2' }));
    expect(answer).toMatchObject({
      outcome: 'rejected-input',
      trait: 'birthName',
      trace: { messageIds: [] },
    });
    expect(calls).toBe(0);
  });

  test('an identity with the OID of another environment is not accepted', async () => {
    simulator.switches.set({ nirOid: '1.2.250.1.213.1.4.8' });
    expect(await client().search(adrun)).toMatchObject({
      outcome: 'misconfigured',
      reason: 'oid-not-accepted',
    });
    const qualification = client({}, { acceptedOids: [testOids.productionNir] });
    expect(await qualification.search(adrun)).toMatchObject({ outcome: 'found' });
  });

  test('an unknown software is a matter of configuration', async () => {
    const software = { authorisationNumber: 'X', product: 'p', version: '1', instance: 'i', sender: 's' };
    const { answer, calls } = await counting(() => client({}, { software }).search(adrun));
    expect(answer).toMatchObject({
      outcome: 'misconfigured',
      reason: 'software-not-authorised',
      trace: { insiFault: 'siram_100/desir_550' },
    });
    expect(calls).toBe(1);
  });
});

describe('the switches of the simulator change nothing for the client:', () => {
  test.each([
    [{ prefixStyle: 'env' }],
    [{ prefixStyle: 'S' }],
    [{ prefixStyle: 'mixed' }],
    [{ withPrenom: true }],
    [{ reasonLanguage: 'en' }],
    [{ latencyMs: 5 }],
  ] as const)('%j', async (change) => {
    simulator.switches.set(change);
    expect(await client().search(adrun)).toMatchObject({
      outcome: 'found',
      identity: { active: { number: '2751263220749' }, traits: { givenNames: 'ZOE' } },
    });
  });

  test.each(['soap', 'env', 'S', 'mixed'] as const)('faults with the prefix %s', async (prefixStyle) => {
    simulator.switches.set({ prefixStyle, outage: 'desir_1020' });
    expect(await client({ retries: 0 }).search(adrun)).toMatchObject({
      outcome: 'unavailable',
      trace: { insiFault: 'siram_40/desir_1020' },
    });
  });

  test('a single former matricule is a list of one', async () => {
    simulator.switches.set({ singleHistory: true });
    const answer = await client().search(traitsOf('ECETINSI', 'PIERRE-ALAIN', 'M', '2009-07-14'));
    expect(answer).toMatchObject({ identity: { history: [{ number: '2090763220834' }] } });
    expect(answer.outcome === 'found' && answer.identity.history).toHaveLength(1);
  });

  test('the birth place may be missing', async () => {
    simulator.switches.set({ missingBirthPlace: true });
    const answer = await client().search(adrun);
    expect(answer.outcome === 'found' && answer.identity.traits).not.toHaveProperty('birthPlace');
  });
});
