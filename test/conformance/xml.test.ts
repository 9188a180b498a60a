import type { Bundle, Observation, Patient } from 'fhir/r4.d.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { readXml } from '../../src/fhir/xml/read.ts';
import { type Answer, created, linkOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const fhir = 'xmlns="http://hl7.org/fhir"';
const div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>a &amp; b</p></div>';
const fhirXml = 'application/fhir+xml; charset=utf-8';
const asXml = { Accept: 'application/fhir+xml' };
const xmlBody = { 'Content-Type': 'application/fhir+xml', ...asXml };

/** The resource of an XML answer. */
function resourceIn(answer: Answer): Resource {
  expect(answer.headers['content-type']).toBe(fhirXml);
  expect(answer.text.startsWith('<?xml version="1.0" encoding="UTF-8"?>')).toBe(true);
  return JSON.parse(JSON.stringify(readXml(Buffer.from(answer.text))));
}

const patientXml = `<?xml version="1.0" encoding="UTF-8"?>
<Patient ${fhir}>
  <text><status value="generated"/>${div}</text>
  <contained><Organization><id value="o"/><name value="Hôpital &lt;A&gt;"/></Organization></contained>
  <active value="true"/>
  <name><family value="Désirée"/><given value="A"/><given><extension url="http://x.test/e"><valueDecimal value="1.10"/></extension></given></name>
  <managingOrganization><reference value="#o"/></managingOrganization>
</Patient>`;

describe('XML bodies (xml.html)', () => {
  test('are stored as the JSON that means the same', async () => {
    const answer = await http.post('Patient', patientXml, {
      'Content-Type': 'application/fhir+xml; charset=utf-8',
    });
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('"valueDecimal":1.10}');
    expect(answer.json<Patient>()).toMatchObject({
      text: { div },
      contained: [{ resourceType: 'Organization', id: 'o', name: 'Hôpital <A>' }],
      name: [{ given: ['A', null], _given: [null, { extension: [{ url: 'http://x.test/e' }] }] }],
    });
  });

  test.each(['application/xml', 'text/xml', 'application/xml+fhir'])('may be of type %s', async (type) => {
    const answer = await http.put(
      'Basic/x',
      `<Basic ${fhir}><id value="x"/><code><text value="c"/></code></Basic>`,
      {
        'Content-Type': type,
      },
    );
    expect([200, 201]).toContain(answer.status);
  });

  test('are held against the definitions as JSON is', async () => {
    const answer = await http.post('Patient', `<Patient ${fhir}><gender value="x"/></Patient>`, xmlBody);
    expect(answer.status).toBe(422);
    expect(resourceIn(answer)).toMatchObject({ issue: [{ expression: ['Patient.gender'] }] });
  });

  test.each([
    ['malformed', '<Patient'],
    ['with an unknown element', `<Patient ${fhir}><nickname value="x"/></Patient>`],
    ['in no namespace', '<Patient/>'],
    ['with an entity', `<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient ${fhir}/>`],
    ['that is JSON', '{"resourceType":"Patient"}'],
  ])('%s are refused with 400 and the place', async (_, body) => {
    const before = (await http.get('Patient?_summary=count')).json<Bundle>().total;
    const answer = await http.post('Patient', body, xmlBody);
    expect(answer.status).toBe(400);
    const issue = (resourceIn(answer)['issue'] as { diagnostics: string }[])[0]!;
    expect(issue.diagnostics).toMatch(/line \d+ column \d+/);
    expect((await http.get('Patient?_summary=count')).json<Bundle>().total).toBe(before);
  });

  test('of another type than the URL says are refused', async () => {
    expect((await http.post('Patient', `<Basic ${fhir}/>`, xmlBody)).status).toBe(400);
  });
});

describe('XML answers (http.html#mime-type)', () => {
  test('give back what was sent in XML', async () => {
    const answer = await http.post('Patient', patientXml, xmlBody);
    expect(answer.status).toBe(201);
    const { id, meta, ...elements } = resourceIn(answer);
    const read = await http.get(`Patient/${id}`, asXml);
    expect(read.text).toBe(answer.text);
    expect(read.headers['etag']).toBe('W/"1"');
    expect(elements).toEqual(JSON.parse(JSON.stringify(readXml(Buffer.from(patientXml)))));
    expect(read.text).toContain(div);
  });

  test('say of a resource what JSON says, on every address of it', async () => {
    const id = await created(http, { resourceType: 'Patient', active: true } as Patient);
    for (const path of [
      `Patient/${id}`,
      `Patient/${id}/_history/1`,
      `Patient/${id}/_history`,
      `Patient?_id=${id}`,
    ]) {
      const json = await http.get(path);
      const xml = await http.get(path, asXml);
      expect([path, xml.status]).toEqual([path, 200]);
      expect(resourceIn(xml)).toEqual(json.json());
    }
  });

  test('hold the CapabilityStatement, which names both formats', async () => {
    const xml = await http.get('metadata?_format=xml');
    expect(resourceIn(xml)).toEqual((await http.get('metadata')).json());
    expect(resourceIn(xml)['format']).toEqual(
      expect.arrayContaining(['application/fhir+json', 'application/fhir+xml', 'json', 'xml']),
    );
  });

  test('hold the OperationOutcome of a refusal', async () => {
    for (const path of ['Patient/unknown', 'Nothing', 'Patient?_sort=nothing']) {
      const answer = await http.get(path, asXml);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(resourceIn(answer)).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error' }],
      });
    }
  });

  test('are JSON where no format could be agreed', async () => {
    const answer = await http.get('Patient', { Accept: 'text/html' });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      406,
      'application/fhir+json; charset=utf-8',
    ]);
  });

  test('follow Prefer', async () => {
    const minimal = await http.post('Patient', patientXml, { ...xmlBody, Prefer: 'return=minimal' });
    expect([minimal.status, minimal.text]).toEqual([201, '']);
    const outcome = await http.post('Patient', patientXml, { ...xmlBody, Prefer: 'return=OperationOutcome' });
    expect(resourceIn(outcome).resourceType).toBe('OperationOutcome');
  });

  test('may be asked for in JSON to an XML body, and the other way round', async () => {
    const json = await http.post('Patient', patientXml, {
      'Content-Type': 'application/fhir+xml',
      Accept: 'application/fhir+json',
    });
    expect(json.json<Patient>().resourceType).toBe('Patient');
    expect(resourceIn(await http.post('Patient', { resourceType: 'Patient' }, asXml)).resourceType).toBe(
      'Patient',
    );
  });

  test('keep every digit of a decimal', async () => {
    const observation =
      '{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":0.10000000000000000000001}}';
    const id = (await http.post('Observation', observation)).json<Observation>().id;
    const xml = await http.get(`Observation/${id}`, asXml);
    expect(xml.text).toContain('<value value="0.10000000000000000000001"/>');
  });

  test('come on every page of a search, whose links name the format', async () => {
    const family = `F${Date.now()}`;
    for (let index = 0; index < 3; index++) {
      await created(http, { resourceType: 'Patient', name: [{ family }] } as Patient);
    }
    const first = await http.get(`Patient?family=${family}&_count=2&_format=xml`);
    const bundle = resourceIn(first) as unknown as Bundle;
    const link = (relation: string) => bundle.link!.find((each) => each.relation === relation)!.url;
    expect(link('self')).toContain('_format=xml');
    const next = await http.get(link('next'));
    expect(next.status).toBe(200);
    expect((resourceIn(next) as unknown as Bundle).entry).toHaveLength(1);
    const asJson = await http.get(link('next').replace('_format=xml', '_format=json'));
    expect(linkOf(asJson, 'first')).toContain('_format=json');
  });

  test('can be asked for in the form of a search', async () => {
    const answer = await http.post('Patient/_search', '_format=xml&_count=1', {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(resourceIn(answer).resourceType).toBe('Bundle');
  });

  test('follow a transaction in XML', async () => {
    const entry = (id: string) =>
      `<entry><fullUrl value="urn:uuid:${id}"/><resource><Patient><active value="true"/></Patient></resource>` +
      '<request><method value="POST"/><url value="Patient"/></request></entry>';
    const uuid = '6f0c1ab2-0000-4000-8000-00000000000';
    const bundle = `<Bundle ${fhir}><type value="transaction"/>${entry(`${uuid}1`)}${entry(`${uuid}2`)}</Bundle>`;
    const answer = await http.post('', bundle, { ...xmlBody, Prefer: 'return=representation' });
    expect(answer.status).toBe(200);
    expect(resourceIn(answer)).toMatchObject({
      type: 'transaction-response',
      entry: [
        { resource: { resourceType: 'Patient', active: true }, response: { status: '201 Created' } },
        { resource: { resourceType: 'Patient', active: true }, response: { status: '201 Created' } },
      ],
    });
  });

  test('answer a batch in XML, refusals included', async () => {
    const bundle =
      `<Bundle ${fhir}><type value="batch"/>` +
      '<entry><request><method value="GET"/><url value="Patient?_count=1"/></request></entry>' +
      '<entry><request><method value="GET"/><url value="Patient/unknown"/></request></entry></Bundle>';
    const answer = await http.post('', bundle, xmlBody);
    expect(resourceIn(answer)).toMatchObject({
      entry: [
        { resource: { resourceType: 'Bundle', type: 'searchset' } },
        { response: { status: '404 Not Found', outcome: { resourceType: 'OperationOutcome' } } },
      ],
    });
  });
});

describe('_pretty (http.html#parameters)', () => {
  test('indents JSON and XML, and changes nothing else', async () => {
    const observation =
      '{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":1.10}}';
    const path = `Observation/${(await http.post('Observation', observation)).json<Observation>().id}`;
    const plain = await http.get(path);
    const pretty = await http.get(`${path}?_pretty=true`);
    expect(pretty.text).toMatch(/^\{\n {2}"resourceType": "Observation",\n/);
    expect(pretty.text).toContain('"value": 1.10\n');
    expect(pretty.json()).toEqual(plain.json());
    const xml = await http.get(`${path}?_pretty=true`, asXml);
    expect(xml.text).toContain(
      '\n  <valueQuantity>\n    <value value="1.10"/>\n  </valueQuantity>\n</Observation>',
    );
    expect(resourceIn(xml)).toEqual(plain.json());
    expect((await http.get(`${path}?_pretty=false`)).text).toBe(plain.text);
  });

  test('stands in the links of a search', async () => {
    const answer = await http.get('Observation?_count=1&_pretty=true');
    expect(linkOf(answer, 'self')).toContain('_pretty=true');
  });

  test('takes true or false', async () => {
    const answer = await http.get('Observation?_pretty=yes');
    expect([answer.status, answer.json()]).toMatchObject([400, { issue: [{ expression: ['_pretty'] }] }]);
  });
});
