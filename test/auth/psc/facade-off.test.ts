import { serverUnderTest } from '../../support/fhir-http.ts';

const http = serverUnderTest({ PSC_MODE: 'off' });

test.each([
  'api/v1/french-healthcare/psc/authorize',
  'simulators/psc/wallet/auth',
  'login/psc/backchannel-logout',
])('in mode off there is nothing at /%s', async (path) => {
  expect((await fetch(`${http.origin}/${path}`)).status).toBe(404);
});
