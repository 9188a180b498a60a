import type { Composition, Patient } from 'fhir/r4.d.ts';
import { created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const div = (content: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;
const text = (content: string) => ({ status: 'generated' as const, div: div(content) });
const patient = (content: string): Patient => ({ resourceType: 'Patient', text: text(content) });

/** Narratives are shown in browsers: what would run there is not stored, whatever is validated (narrative.html). */
describe('a narrative that a browser would run', () => {
  const composition = {
    resourceType: 'Composition',
    status: 'final',
    type: { text: 'x' },
    date: '2024-01-01',
    author: [{ display: 'x' }],
    title: 'x',
    section: [{ title: 'x', text: text('<img src="x" onerror="alert(1)"/>') }],
  } satisfies Composition;

  test.each<[string, object, string]>([
    ['of a resource', patient('<script>x</script>'), 'Patient.text.div'],
    ['of a section', composition, 'Composition.section[0].text.div'],
    [
      'of a contained resource',
      {
        resourceType: 'Patient',
        contained: [{ resourceType: 'Organization', id: 'o', text: text('<a href="javascript:x()">x</a>') }],
        managingOrganization: { reference: '#o' },
      },
      'Patient.contained[0].text.div',
    ],
  ])('%s is refused', async (_, resource, expression) => {
    const answer = await http.post((resource as { resourceType: string }).resourceType, resource);
    expect(answer.status).toBe(422);
    expect(issueOf(answer)).toMatchObject({ severity: 'error', code: 'value', expression: [expression] });
  });

  test('is refused in XML', async () => {
    const body = `<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/>${div('<script>x</script>')}</text></Patient>`;
    const answer = await http.send('POST', 'Patient', {
      headers: { 'Content-Type': 'application/fhir+xml' },
      body,
    });
    expect(answer.status).toBe(422);
  });

  test('does not come in by a patch or a transaction', async () => {
    const id = await created(http, patient('x'));
    const patch = await http.send('PATCH', `Patient/${id}`, {
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: [{ op: 'replace', path: '/text/div', value: div('<script>x</script>') }],
    });
    expect(patch.status).toBe(422);
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: patient('<script>x</script>'),
          request: { method: 'POST', url: 'Patient' },
        },
      ],
    };
    expect((await http.post('', bundle)).status).toBe(422);
    expect((await http.get(`Patient/${id}`)).json<Patient>().meta?.versionId).toBe('1');
  });
});

test('what R4 does not have in a narrative but no browser runs is taken where no rules are checked', async () => {
  await created(http, patient('<u>x</u> onset=2020'));
});
