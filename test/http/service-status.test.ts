import type { OperationOutcome } from 'fhir/r4.d.ts';
import { serverUnderTest } from '../support/fhir-http.ts';

const base = 'api/v1/french-healthcare';

describe.each(['dmp', 'mssante'])('the status of %s', (service) => {
  const open = serverUnderTest();
  const closed = serverUnderTest({ AUTH: 'on' });

  test('tells that the server is not connected to it', async () => {
    const response = await fetch(`${open.origin}/${base}/${service}/status`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      service,
      configured: false,
      status: 'not-configured',
      last_probe: null,
    });
  });

  test('is for those who have logged in', async () => {
    const response = await fetch(`${closed.origin}/${base}/${service}/status`);
    expect(response.status).toBe(401);
    expect(((await response.json()) as OperationOutcome).issue[0]).toMatchObject({ code: 'login' });
  });
});
