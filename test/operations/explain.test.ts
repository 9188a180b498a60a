import type { CapabilityStatement, FhirResource, Parameters, ParametersParameter } from 'fhir/r4.d.ts';
import { type Answer, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest({ EXPLAIN: 'on' });
const usual = serverUnderTest();

beforeAll(async () => {
  const entry = Array.from({ length: 400 }, (_, index) => ({
    resource: {
      resourceType: 'Patient',
      id: `p${index}`,
      gender: index % 2 ? 'male' : 'female',
      birthDate: `19${10 + (index % 80)}-01-02`,
      name: [{ family: index === 7 ? 'Particulier' : `Famille${index}`, given: ['Camille'] }],
      identifier: [{ system: 'urn:test:ipp', value: `ipp-${index}` }],
    } as FhirResource,
    request: { method: 'PUT', url: `Patient/p${index}` },
  }));
  const answer = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  if (answer.status !== 200) throw new Error(answer.text);
});

interface Explained {
  type: string;
  expression: string;
  sort: string | undefined;
  matches: number;
  milliseconds: number;
  steps: { statement: string; plan: string[]; runs: number; rows: number }[];
}

const named = (parameters: ParametersParameter[] | undefined, name: string) =>
  (parameters ?? []).filter((parameter) => parameter.name === name);

function explained(answer: Answer): Explained[] {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return named(answer.json<Parameters>().parameter, 'search').map(({ part }) => ({
    type: named(part, 'type')[0]!.valueString!,
    expression: named(part, 'expression')[0]!.valueString!,
    sort: named(part, 'sort')[0]?.valueString,
    matches: named(part, 'matches')[0]!.valueInteger!,
    milliseconds: named(part, 'milliseconds')[0]!.valueDecimal!,
    steps: named(part, 'step').map(({ part: step }) => ({
      statement: named(step, 'statement')[0]!.valueString!,
      plan: named(step, 'plan').map(({ valueString }) => valueString!),
      runs: named(step, 'runs')[0]!.valueInteger!,
      rows: named(step, 'rows')[0]!.valueInteger!,
    })),
  }));
}

describe('$explain', () => {
  test('tells the expression, the indexes and the rows of a search on a type', async () => {
    const [search, ...others] = explained(
      await http.get('Patient/$explain?family=Particulier&birthdate=ge1900&_sort=-birthdate'),
    );
    expect(others).toEqual([]);
    expect(search).toMatchObject({ type: 'Patient', sort: '-birthdate', matches: 1 });
    expect(search!.expression.split('\n')).toEqual([
      'and',
      '  string family prefix …',
      '  or',
      '    date birthdate high > …',
      '    date birthdate low >= …',
    ]);
    expect(search!.milliseconds).toBeGreaterThan(0);
    const plans = search!.steps.flatMap(({ plan }) => plan);
    expect(plans.some((line) => /SEARCH .*string_value|SEARCH v USING PRIMARY KEY/.test(line))).toBe(true);
    expect(search!.steps.every(({ runs }) => runs >= 1)).toBe(true);
    expect(Math.max(...search!.steps.map(({ rows }) => rows))).toBeLessThan(400);
  });

  test('a page of many matches tells each statement once, with all the rows that it gave', async () => {
    const [search] = explained(await http.get('Patient/$explain?gender=male&_count=50'));
    expect(search!.matches).toBe(50);
    expect(new Set(search!.steps.map(({ statement }) => statement)).size).toBe(search!.steps.length);
    expect(Math.max(...search!.steps.map(({ rows }) => rows))).toBeGreaterThanOrEqual(50);
  });

  test('a code and a value are looked up together, by the index of their composite', async () => {
    const search =
      'Observation/$explain?code=http://loinc.org%7C1&value-quantity=gt5%7Chttp://unitsofmeasure.org%7Cmg';
    const [told] = explained(await http.get(search));
    expect(told!.expression.split('\n')).toEqual([
      'and',
      '  token code = … with a system',
      '  or',
      '    quantity code-value-quantity$…:canonical high > …, unit …',
      '    quantity code-value-quantity:rest$…:canonical high > …, unit …',
    ]);
  });

  test('never holds a value that was searched for', async () => {
    const queries = [
      'family=Particulier&given:exact=Camille',
      'identifier=urn:test:ipp|ipp-7&name:contains=articuli',
      'birthdate=1917-01-02&_id=p7,p8',
      'organization.name=Particulier&_has:Observation:patient:code-value-quantity=camille$gt1917',
      'general-practitioner=Practitioner/p7&link:missing=true&_lastUpdated=gt1917-01-02',
      '_content=particulier&_text=camille',
    ];
    for (const query of queries) {
      const answer = await http.get(`Patient/$explain?${query.replaceAll('|', '%7C')}`);
      expect([query, answer.status]).toEqual([query, 200]);
      expect(answer.text).not.toMatch(/articuli|camille|urn:test|ipp-7|1917|"p7"|\/p7/i);
    }
  });

  test('explains the types of a search on the system, and what is ignored', async () => {
    const answer = await http.get('$explain?_type=Patient,Observation&_id=p7&nothing=1');
    expect(explained(answer).map(({ type, matches }) => [type, matches])).toEqual([
      ['Observation', 0],
      ['Patient', 1],
    ]);
    expect(named(answer.json<Parameters>().parameter, 'ignored')).toEqual([
      { name: 'ignored', valueString: 'nothing' },
    ]);
  });

  test('in XML, and in a batch', async () => {
    const xml = await http.get('Patient/$explain?gender=male', { Accept: 'application/fhir+xml' });
    expect([xml.status, xml.text]).toEqual([200, expect.stringContaining('<name value="statement"/>')]);
    const bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Patient/$explain?gender=male' } }],
    };
    expect((await http.post('', bundle)).text).toContain('"name":"statement"');
  });

  test('refuses what the search would refuse, too many types and a body', async () => {
    const paths = ['Patient/$explain?birthdate=tomorrow', '$explain?_id=a', '$explain?_type=Nothing'];
    for (const path of paths) {
      const answer = await http.get(path);
      expect([path, answer.status, issueOf(answer).severity]).toEqual([path, 400, 'error']);
    }
    const strict = await http.get('Patient/$explain?nothing=1', { Prefer: 'handling=strict' });
    expect(strict.status).toBe(400);
    expect((await http.post('Patient/$explain', { resourceType: 'Parameters' })).status).toBe(400);
    expect((await http.get('Patient/p7/$explain')).status).toBe(404);
  });

  test('is off by default: neither offered nor advertised', async () => {
    const statement = async (on: typeof http) => (await on.get('metadata')).json<CapabilityStatement>();
    const offered = ({ rest }: CapabilityStatement) =>
      rest![0]!.operation!.some(({ name }) => name === 'explain');
    expect([offered(await statement(http)), offered(await statement(usual))]).toEqual([true, false]);
    expect((await usual.get('Patient/$explain?gender=male')).status).toBe(404);
  });
});
