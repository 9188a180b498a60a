import { createInsiClient } from '../../../src/ins/insi/client.ts';
import type { InsiPort } from '../../../src/ins/insi/port.ts';
import type { InsiLimits, InsiSettings, UnitVerificationContract } from '../../../src/ins/insi/settings.ts';
import { createInsiSimulator, type InsiSimulator } from '../../../src/simulators/insi/simulator.ts';
import { adrun, clientOf, listen, type TestServer, testOids, testRuntime, traitsOf } from './support.ts';

const simulator: InsiSimulator = createInsiSimulator();
const clients: InsiPort[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await listen((request, response) => void simulator.handle(request, response));
});
afterEach(() => {
  simulator.switches.reset();
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => server.close());

function client(
  limits: Partial<InsiLimits> = {},
  change: Partial<InsiSettings> = {},
  runtime = testRuntime(),
) {
  const created = clientOf(server.url, limits, change, runtime);
  clients.push(created);
  return created;
}

/** Number of calls that a piece of work makes. */
async function counting<Answer>(work: () => Promise<Answer>): Promise<{ answer: Answer; calls: number }> {
  const before = server.calls();
  const answer = await work();
  return { answer, calls: server.calls() - before };
}

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

describe('when INSi fails', () => {
  test.each([
    ['siram_40', 3, { outcome: 'unavailable', reason: 'service', trace: { insiFault: 'siram_40/insi_111' } }],
    ['insi_102', 3, { outcome: 'unavailable', reason: 'service', trace: { insiFault: 'siram_40/insi_102' } }],
    [
      'desir_1020',
      3,
      { outcome: 'unavailable', reason: 'service', trace: { insiFault: 'siram_40/desir_1020' } },
    ],
    ['http-500', 3, { outcome: 'unavailable', reason: 'http-status' }],
    ['connection-reset', 3, { outcome: 'unavailable', reason: 'connection' }],
    ['truncated', 1, { outcome: 'unavailable', reason: 'malformed-answer' }],
  ] as const)('%s: %i calls', async (outage, expectedCalls, expected) => {
    simulator.switches.set({ outage });
    const runtime = testRuntime();
    const { answer, calls } = await counting(() => client({}, {}, runtime).search(adrun));
    expect(answer).toMatchObject(expected);
    expect(calls).toBe(expectedCalls);
    expect(runtime.waits).toEqual(expectedCalls === 1 ? [] : [500, 1000]);
    expect(answer.trace.messageIds).toHaveLength(expectedCalls);
    expect(new Set(answer.trace.messageIds).size).toBe(expectedCalls);
  });

  test.each(['siram_40', 'http-500', 'connection-reset'] as const)(
    'a passing %s is ridden out',
    async (outage) => {
      simulator.switches.set({ outage, failNext: 2 });
      const { answer, calls } = await counting(() => client().search(adrun));
      expect(answer).toMatchObject({ outcome: 'found' });
      expect(answer.trace).not.toHaveProperty('insiFault');
      expect(calls).toBe(3);
    },
  );

  test('silence ends in a timeout, without a retry', async () => {
    simulator.switches.set({ latencyMs: 1000 });
    const { answer, calls } = await counting(() => client({ timeoutMs: 30 }).search(adrun));
    expect(answer).toMatchObject({ outcome: 'timeout' });
    expect(calls).toBe(1);
  });

  test('closing ends the calls under way as unavailable, and refuses later ones', async () => {
    simulator.switches.set({ latencyMs: 500 });
    const insi = client({ retries: 0 });
    const underWay = insi.search(adrun);
    await new Promise((resolve) => setTimeout(resolve, 50));
    insi.close();
    const { answer, calls } = await counting(() => insi.search(adrun));
    expect(await underWay).toMatchObject({ outcome: 'unavailable', reason: 'connection' });
    expect(answer).toMatchObject({ outcome: 'unavailable', reason: 'connection' });
    expect(calls).toBe(0);
  });

  test('a server that is not there is a failed connection', async () => {
    const gone = await listen(() => undefined);
    await gone.close();
    const answer = await clientOf(gone.url).search(adrun);
    expect(answer).toMatchObject({ outcome: 'unavailable', reason: 'connection' });
  });

  test('the circuit opens, refuses without calling, and closes with a probe', async () => {
    const runtime = testRuntime();
    const insi = client({ breakerThreshold: 2, breakerOpenMs: 10_000, retries: 0 }, {}, runtime);
    simulator.switches.set({ outage: 'siram_40' });
    await insi.search(adrun);
    await insi.search(adrun);
    const refused = await counting(() => insi.search(adrun));
    expect(refused).toMatchObject({
      answer: {
        outcome: 'unavailable',
        reason: 'circuit-open',
        retryAfterSeconds: 10,
        trace: { messageIds: [] },
      },
      calls: 0,
    });
    runtime.advance(10_000);
    simulator.switches.reset();
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'found' });
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'found' });
  });

  test('refused input and refused software do not open the circuit', async () => {
    const software = { authorisationNumber: 'X', product: 'p', version: '1', instance: 'i', sender: 's' };
    const insi = client({ breakerThreshold: 1 }, { software });
    await insi.search(adrun);
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'misconfigured' });
  });

  test('lookups beyond the cap are refused at once', async () => {
    simulator.switches.set({ latencyMs: 50 });
    const insi = client({ concurrency: 2 });
    const answers = await Promise.all([insi.search(adrun), insi.search(adrun), insi.search(adrun)]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['found', 'found', 'throttled']);
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'found' });
  });
});

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

describe('settings that cannot work', () => {
  test.each(['http://services-ps.ameli.fr/lps', 'http://10.0.0.1/lps', 'ftp://127.0.0.1/lps'])(
    '%s',
    (url) => {
      expect(() => clientOf(url)).toThrow(TypeError);
    },
  );

  test('a software name that XML cannot carry', () => {
    const software = {
      authorisationNumber: '\u0000',
      product: 'p',
      version: '1',
      instance: 'i',
      sender: 's',
    };
    expect(() => client({}, { software })).toThrow(RangeError);
  });

  test('the system clock and chance are the default', async () => {
    const settings: InsiSettings = {
      url: server.url,
      source: 'insi-simulator',
      software: {
        authorisationNumber: 'PASSERELLE-TEST',
        product: 'passerelle',
        version: '0.1.0',
        instance: 'i',
        sender: 's',
      },
      acceptedOids: [testOids.nir],
      verification: { adapter: 'off' },
    };
    const insi = createInsiClient(settings);
    clients.push(insi);
    simulator.switches.set({ outage: 'siram_40', failNext: 1 });
    const answer = await insi.search(adrun);
    expect(answer.outcome).toBe('found');
    expect(Math.abs(Date.parse(answer.trace.checkedAt) - Date.now())).toBeLessThan(60_000);
  });
});
