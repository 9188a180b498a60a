import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fhirclientScript } from './fhirclient.ts';

/** A SMART app of static pages, as its developer would host it. */
export interface AppServer {
  origin: string;
  close(): void;
}

/** What an app asks for, in the words of fhirclient. */
export interface AppSettings {
  clientId: string;
  scope: string;
  clientSecret?: string;
  iss?: string;
}

/**
 * Serves the pages of an app: `/launch.html?settings=…` begins, with the settings in the query as JSON, or follows an EHR
 * when `iss` and `launch` are there; `/index.html` reads the patient and shows what it has.
 */
export async function startAppServer(): Promise<AppServer> {
  const script = await fhirclientScript();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://app');
    const page = pages[pathname];
    if (pathname === '/fhir-client.js') response.setHeader('Content-Type', 'text/javascript').end(script);
    else if (page === undefined) response.writeHead(404).end();
    else response.setHeader('Content-Type', 'text/html').end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

const head = '<!doctype html><meta charset="utf-8"><title>App</title><script src="/fhir-client.js"></script>';

const pages: Record<string, string> = {
  '/launch.html': `${head}<script>
const query = new URLSearchParams(location.search);
if (query.has('settings')) sessionStorage.setItem('settings', query.get('settings'));
const settings = JSON.parse(sessionStorage.getItem('settings') ?? localStorage.getItem('settings'));
FHIR.oauth2.authorize({ ...settings, redirectUri: '/index.html' }).catch((error) => { document.title = 'Failed ' + error; });
</script>`,
  '/setup.html': `${head}<script>
localStorage.setItem('settings', new URLSearchParams(location.search).get('settings')); document.title = 'Set up';
</script>`,
  '/index.html': `${head}<pre id="shown"></pre><script>
FHIR.oauth2.ready().then(async (client) => {
  window.client = client;
  const patient = client.patient.id ? await client.patient.read() : undefined;
  const others = await client.request('Patient?_count=50');
  document.querySelector('#shown').textContent = JSON.stringify({
    patient: patient?.id,
    visible: (others.entry ?? []).map(({ resource }) => resource.id),
    user: client.getFhirUser(),
    scope: client.state.tokenResponse.scope,
    banner: client.state.tokenResponse.need_patient_banner,
  });
  document.title = 'Ready';
}).catch((error) => { document.title = 'Failed ' + error; });
</script>`,
};
