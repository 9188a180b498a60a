import type { OperationOutcome } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest({ PROFESSIONAL_KEYS: 'accept' });
const identified = (value: string) => ({
  resourceType: 'Practitioner',
  identifier: [{ system: 'https://rpps.esante.gouv.fr', value }],
});

test('a control key that does not fit is taken with a warning where the settings say so, once', async () => {
  const answer = await http.post('Practitioner', identified('99799000016'), {
    Prefer: 'return=OperationOutcome',
  });
  expect(answer.status).toBe(201);
  expect(answer.json<OperationOutcome>().issue).toContainEqual(
    expect.objectContaining({ severity: 'warning', expression: ['Practitioner.identifier[0].value'] }),
  );
  expect((await http.post('Practitioner', identified('99799000016'))).status).toBe(409);
});

test('a wrong form is still refused', async () => {
  const answer = await http.post('Practitioner', identified('9979900001'));
  expect(answer.status).toBe(422);
  expect(issueOf(answer)).toMatchObject({ code: 'value' });
});
