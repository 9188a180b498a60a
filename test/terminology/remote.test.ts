import type { ValueSet } from 'fhir/r4.d.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { RemoteTerminology } from '../../src/terminology/remote/remote-terminology.ts';
import { createValidator } from '../../src/validation/validator.ts';
import { TerminologyServerLookAlike, validCode } from '../support/terminology-server.ts';

describe('another terminology server', () => {
  const other = new TerminologyServerLookAlike();
  let baseUrl = '';
  let time = 0;
  let failures: string[] = [];
  const validator = createValidator(loadDefinitions());
  const settled: boolean[] = [];
  let admitted = true;
  const breaker = { admit: () => ({ admitted }), settled: (failed: boolean) => settled.push(failed) };
  let remote: RemoteTerminology;

  const waiting = (timeout: number) =>
    new RemoteTerminology({ baseUrl, timeout, lifetime: 1000 }, breaker, {
      isValid: (resource) => validator.validate(resource).length === 0,
      onFailure: (reason) => failures.push(reason),
      now: () => time,
    });

  beforeAll(async () => {
    baseUrl = await other.start();
  });
  beforeEach(() => {
    other.asked.length = 0;
    settled.length = 0;
    failures = [];
    admitted = true;
    other.answer = { body: validCode };
    remote = waiting(30_000);
  });
  afterAll(() => other.stop());

  test('is asked whether a code is in a value set, without its display', async () => {
    const code = { system: 'http://snomed.info/sct', version: '2026', code: '1', display: 'of Jane Doe' };
    expect(await remote.validateInValueSet('urn:vs', code)).toEqual({ result: true, display: 'Finding' });
    expect(other.asked).toEqual([
      {
        path: '/fhir/ValueSet/$validate-code',
        parameters: { url: 'urn:vs', code: '1', system: 'http://snomed.info/sct', systemVersion: '2026' },
      },
    ]);
  });

  test('gets the definition of a value set that is held here, and nothing else of it', async () => {
    const compose = { include: [{ system: 'http://snomed.info/sct' }] };
    const held: ValueSet = {
      resourceType: 'ValueSet',
      id: 'x',
      url: 'urn:vs',
      status: 'active',
      publisher: 'Jane',
      compose,
    };
    other.answer = { body: { ...held, expansion: { timestamp: '2026-01-01', contains: [{ code: 'a' }] } } };
    expect((await remote.expand(held, { filter: 'a', count: 5 }))?.expansion?.contains).toEqual([
      { code: 'a' },
    ]);
    expect(other.asked[0]?.parameters).toEqual({
      valueSet: { resourceType: 'ValueSet', url: 'urn:vs', status: 'active', compose },
      filter: 'a',
      count: 5,
    });
  });

  test('is asked about code systems and their codes', async () => {
    expect(await remote.validateInCodeSystem({ system: 'urn:cs', code: 'a' })).toMatchObject({
      result: true,
    });
    await remote.lookup({ system: 'urn:cs', code: 'a' }, ['parent'], 'fr');
    expect(other.asked.map(({ path, parameters }) => [path, parameters])).toEqual([
      ['/fhir/CodeSystem/$validate-code', { url: 'urn:cs', code: 'a' }],
      [
        '/fhir/CodeSystem/$lookup',
        { code: 'a', system: 'urn:cs', property: 'parent', displayLanguage: 'fr' },
      ],
    ]);
  });

  test('answers are kept for their time, also that there is none, and asked for once', async () => {
    const ask = () => remote.validateInValueSet('urn:vs', { code: 'a' });
    await Promise.all([ask(), ask(), ask()]);
    time += 999;
    await ask();
    expect(other.asked).toHaveLength(1);
    time += 2;
    other.answer = { status: 404, body: { resourceType: 'OperationOutcome' } };
    expect([await ask(), await ask()]).toEqual([undefined, undefined]);
    expect(other.asked).toHaveLength(2);
    expect(settled).toEqual([false, false]);
  });

  test.each([
    ['an error', { status: 503, body: {} }, 'status 503'],
    ['a refusal', { status: 401, body: {} }, 'status 401'],
    ['another address', { status: 307, location: 'http://169.254.169.254/' }, 'status 307'],
    ['no JSON', { body: 'sorry' }, 'SyntaxError'],
    ['another resource', { body: { resourceType: 'Bundle' } }, 'answer not understood'],
    ['what has no end', { body: ' '.repeat(5 << 20) }, 'RangeError'],
    ['silence', { silent: true }, 'TimeoutError'],
  ])('%s is no answer, is told to the breaker, and is not kept', async (_, answer, reason) => {
    other.answer = answer;
    if ('silent' in answer) remote = waiting(500);
    const ask = () => remote.validateInValueSet('urn:vs', { code: 'a' });
    expect([await ask(), settled, failures]).toEqual([undefined, [true], [reason]]);
    other.answer = { body: validCode };
    expect(await ask()).toMatchObject({ result: true });
  });

  test.each([
    { body: null },
    { body: { resourceType: 'Parameters' } },
    { body: { resourceType: 'Parameters', parameter: 5 } },
    { body: { resourceType: 'Parameters', parameter: [null, { name: 'result', valueBoolean: 'yes' }] } },
  ])('what is no answer to the question is none: %j', async (answer) => {
    other.answer = answer;
    expect(await remote.validateInValueSet('urn:vs', { code: 'a' })).toBeUndefined();
    expect(await remote.expand('urn:vs', {})).toBeUndefined();
  });

  test('an expansion that is not R4 is not passed on', async () => {
    const expansion = { timestamp: '2026-01-01', contains: [{ code: 7 }] };
    other.answer = { body: { resourceType: 'ValueSet', status: 'active', expansion } };
    expect([await remote.expand('urn:vs', {}), failures]).toEqual([undefined, ['answer not valid']]);
  });

  test('is left alone where the breaker says so', async () => {
    admitted = false;
    expect(await remote.validateInValueSet('urn:vs', { code: 'a' })).toBeUndefined();
    expect([other.asked, settled]).toEqual([[], []]);
  });
});
