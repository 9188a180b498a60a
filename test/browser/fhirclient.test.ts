import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { openClients } from '../../src/server-clients.ts';
import { loadBundle } from '../../src/server-core.ts';
import { assertionType, backendClient, backendKey } from '../auth/smart/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type AppServer, type AppSettings, startAppServer } from './app-server.ts';

let server: TestServer;
let app: AppServer;
let browser: Browser;
let context: BrowserContext;
let secret = '';
let hostToken = '';

const scope = 'openid fhirUser launch/patient offline_access patient/Patient.rs';
const ehrScope = 'openid fhirUser launch online_access patient/Patient.rs';

beforeAll(async () => {
  app = await startAppServer();
  server = await startTestServer({ AUTH: 'on', PSC_MODE: 'simulator', CORS_ORIGINS: app.origin });
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const { core } = server.running;
  const clients = openClients(core);
  const metadata = {
    client_name: 'Growth chart',
    redirect_uris: [`${app.origin}/index.html`],
    launch_uri: `${app.origin}/launch.html`,
    grant_types: ['authorization_code', 'refresh_token'],
    scope: `${scope} launch online_access`,
  };
  await clients.register({ ...metadata, client_id: 'public', token_endpoint_auth_method: 'none' });
  const confidential = { client_id: 'confidential', token_endpoint_auth_method: 'client_secret_basic' };
  secret = (await clients.register({ ...metadata, ...confidential })).client_secret ?? '';
  const key = await backendKey(server, 'ehr');
  await clients.register({ ...backendClient('ehr', key.publicKey, 'system/Patient.r'), launch_host: true });
  hostToken = await backendToken(await key.assertion());
  await loadBundle(core, {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: ['one', 'two'].map((id) => ({
      resource: { resourceType: 'Patient', id, name: [{ family: `PAT${id}` }] },
      request: { method: 'PUT', url: `Patient/${id}` },
    })),
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  app?.close();
});

beforeEach(async () => {
  context = await browser.newContext({ locale: 'en-GB' });
});

afterEach(() => context.close());

async function backendToken(assertion: string): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    scope: 'system/Patient.r',
    client_assertion_type: assertionType,
  };
  const body = new URLSearchParams({ ...form, client_assertion: assertion });
  const response = await fetch(`${server.origin}/oauth/token`, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Logs in where the page of the simulator is shown: one login serves all launches of a browser. */
async function logIn(page: Page): Promise<void> {
  await page.waitForLoadState();
  if (page.url().includes('/simulators/psc')) await page.getByRole('button', { name: /Camille/ }).click();
  await page.waitForURL(/\/interaction\//);
}

async function begin(settings: AppSettings, page?: Page): Promise<Page> {
  const opened = page ?? (await context.newPage());
  const query = new URLSearchParams({ settings: JSON.stringify({ iss: server.fhir, ...settings }) });
  await opened.goto(`${app.origin}/launch.html?${query}`);
  await opened.waitForURL(/\/(simulators\/psc|interaction)\//);
  await logIn(opened);
  return opened;
}

async function choosePatient(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name of the patient').fill(name);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('radio', { name }).check();
  await page.getByRole('button', { name: 'Allow' }).click();
}

/** Of the page of the app. */
const isDone = '/^(Ready|Failed)/.test(document.title)';

interface ShownByApp {
  patient?: string;
  visible: string[];
  user: string;
  scope: string;
  banner: boolean;
}

async function shownBy(page: Page): Promise<ShownByApp> {
  await page.waitForFunction(isDone);
  expect(await page.title()).toBe('Ready');
  return JSON.parse((await page.locator('#shown').textContent()) ?? '') as ShownByApp;
}

test('a public app starts on its own, and sees the patient chosen alone', async () => {
  const page = await begin({ clientId: 'public', scope });
  await choosePatient(page, 'PATone');
  const shown = await shownBy(page);
  expect(shown).toMatchObject({ patient: 'one', visible: ['one'], banner: true });
  expect(shown.user).toMatch(/Practitioner\/[A-Za-z0-9.-]+$/);
});

test('a confidential app starts with its secret', async () => {
  const page = await begin({ clientId: 'confidential', clientSecret: secret, scope });
  await choosePatient(page, 'PATtwo');
  expect(await shownBy(page)).toMatchObject({ patient: 'two', visible: ['two'] });
});

test('an app refreshes its token, without a word of who it is where it is public', async () => {
  const page = await begin({ clientId: 'public', scope });
  await choosePatient(page, 'PATone');
  await shownBy(page);
  const tokens = (await page.evaluate(`(async () => {
    const before = client.state.tokenResponse.access_token;
    await client.refresh();
    const { access_token: after } = client.state.tokenResponse;
    return { before, after, patient: (await client.patient.read()).id };
  })()`)) as { before: string; after: string; patient: string };
  expect(tokens.after).not.toBe(tokens.before);
  expect(tokens.patient).toBe('one');
});

async function openFromEhr(patient: string): Promise<Page> {
  const response = await fetch(`${server.origin}/launch`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${hostToken}` },
    body: JSON.stringify({ client_id: 'public', patient, need_patient_banner: false }),
  });
  const { url } = (await response.json()) as { url: string };
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForURL(/\/(simulators\/psc|interaction)\//);
  await logIn(page);
  return page;
}

test('two launches of two patients from an EHR in one browser keep their own', async () => {
  const setup = await context.newPage();
  const settings = JSON.stringify({ clientId: 'public', scope: ehrScope });
  await setup.goto(`${app.origin}/setup.html?${new URLSearchParams({ settings })}`);
  const pages = [await openFromEhr('one'), await openFromEhr('two')] as const;
  for (const page of pages) {
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForFunction(isDone);
  }
  expect(await shownBy(pages[0])).toMatchObject({ patient: 'one', visible: ['one'], banner: false });
  expect(await shownBy(pages[1])).toMatchObject({ patient: 'two', visible: ['two'], banner: false });
  await pages[0].reload();
  expect(await shownBy(pages[0])).toMatchObject({ patient: 'one', visible: ['one'] });
});

test('the consent page is for keyboards and screen readers, and breaks no rule of its policy', async () => {
  const problems: string[] = [];
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await begin({ clientId: 'public', scope }, page);
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await expect(page.getByRole('heading', { level: 1 }).count()).resolves.toBe(1);
  await expect(page.getByRole('group', { name: 'Patient' }).count()).resolves.toBe(1);
  const unnamed = await page.evaluate(
    "[...document.querySelectorAll('input:not([type=hidden])')].filter((input) => !input.labels.length).length",
  );
  expect(unnamed).toBe(0);
  await page.getByLabel('Name of the patient').focus();
  await page.keyboard.type('PATone');
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: 'PATone' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Allow' }).focus();
  await page.keyboard.press('Enter');
  expect(await shownBy(page)).toMatchObject({ patient: 'one' });
  expect(problems.filter((text) => !text.includes('favicon'))).toEqual([]);
});

test('a user who refuses is told so by the app', async () => {
  const page = await begin({ clientId: 'public', scope });
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.waitForURL(`${app.origin}/index.html?**`);
  expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
});

test('another user who logs in takes the place of the one before', async () => {
  const page = await begin({ clientId: 'public', scope });
  await choosePatient(page, 'PATone');
  const first = await shownBy(page);
  const again = await context.newPage();
  await again.route('**/oauth/authorize?**', (route) =>
    route.continue({ url: `${route.request().url()}&prompt=login` }),
  );
  const query = new URLSearchParams({
    settings: JSON.stringify({ iss: server.fhir, clientId: 'public', scope }),
  });
  await again.goto(`${app.origin}/launch.html?${query}`);
  await again.waitForURL(/\/simulators\/psc\//);
  await again.getByRole('button', { name: /Malik/ }).click();
  await again.waitForURL(/\/interaction\//);
  await choosePatient(again, 'PATtwo');
  const second = await shownBy(again);
  expect(second).toMatchObject({ patient: 'two', visible: ['two'] });
  expect(second.user).not.toBe(first.user);
});
