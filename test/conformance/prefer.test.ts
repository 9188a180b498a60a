import type { OperationOutcome, Patient } from 'fhir/r4.d.ts';
import { created, entriesOf, issueOf, linkOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const patient: Patient = { resourceType: 'Patient' };

describe('Prefer: return (http.html#ops)', () => {
  test('minimal answers a creation with its headers and no body', async () => {
    const answer = await http.post('Patient', patient, { Prefer: 'return=minimal' });
    expect([answer.status, answer.text]).toEqual([201, '']);
    expect(answer.headers['etag']).toBe('W/"1"');
    expect(answer.headers['last-modified']).toBeDefined();
    expect((await http.get(answer.headers['location']!)).status).toBe(200);
  });

  test('minimal answers an update with its headers and no body', async () => {
    const id = await created(http, patient);
    const answer = await http.put(`Patient/${id}`, { ...patient, id }, { Prefer: 'return=minimal' });
    expect([answer.status, answer.text, answer.headers['etag']]).toEqual([200, '', 'W/"2"']);
  });

  test('representation answers with the resource as it was stored', async () => {
    const answer = await http.post('Patient', patient, { Prefer: 'return=representation' });
    const { id } = answer.json<Patient>();
    expect((await http.get(`Patient/${id}`)).text).toBe(answer.text);
  });

  test('OperationOutcome answers with an outcome without errors, and the headers of the write', async () => {
    const answer = await http.post('Patient', patient, { Prefer: 'return=OperationOutcome' });
    const outcome = answer.json<OperationOutcome>();
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toContain('/Patient/');
    expect(outcome.resourceType).toBe('OperationOutcome');
    expect(outcome.issue.every(({ severity }) => severity === 'information')).toBe(true);
  });

  test.each(['return=everything', 'nonsense', ';;,', 'RETURN'])(
    'is ignored when it says %s, which is not known (RFC 7240)',
    async (prefer) => {
      const answer = await http.post('Patient', patient, { Prefer: prefer });
      expect(answer.status).toBe(201);
      expect(answer.json<Patient>().resourceType).toBe('Patient');
    },
  );

  test('is heard among several preferences', async () => {
    const answer = await http.post('Patient', patient, { Prefer: 'handling=strict, return=minimal; x=1' });
    expect([answer.status, answer.text]).toEqual([201, '']);
  });

  test('has a name without case (RFC 7240, 2)', async () => {
    const answer = await http.post('Patient', patient, { Prefer: 'Return=minimal' });
    expect([answer.status, answer.text]).toEqual([201, '']);
    const strict = await http.get('Patient?nothing=1', { Prefer: 'HANDLING=strict' });
    expect(strict.status).toBe(400);
  });

  test('never hides a refusal', async () => {
    const answer = await http.post('Patient', { ...patient, gender: 'x' }, { Prefer: 'return=minimal' });
    expect(answer.status).toBe(422);
    issueOf(answer);
  });
});

describe('Prefer: handling (search.html#errors)', () => {
  test('strict refuses a search with an unknown parameter, and names it', async () => {
    const answer = await http.get('Patient?nothing=1', { Prefer: 'handling=strict' });
    expect(answer.status).toBe(400);
    expect(issueOf(answer).diagnostics).toContain('nothing');
  });

  test.each([{}, { Prefer: 'handling=lenient' }])(
    'without strict the parameter is ignored and the answer says so: %j',
    async (headers) => {
      const answer = await http.get('Patient?nothing=1&active=true', headers as Record<string, string>);
      expect(answer.status).toBe(200);
      expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient?active=true`);
      const [outcome] = entriesOf(answer, 'outcome');
      expect((outcome!.resource as OperationOutcome).issue[0]!.diagnostics).toContain('nothing');
    },
  );
});
