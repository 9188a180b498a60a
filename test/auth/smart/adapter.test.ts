import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errors } from 'oidc-provider';
import { oidcAdapter } from '../../../src/auth/smart/adapter.ts';
import { readSettings } from '../../../src/operability/settings.ts';
import { type Core, openCore } from '../../../src/server-core.ts';
import { dropStore, storeSettings } from '../../support/store-under-test.ts';

let directory = '';
let core: Core;
let adapter: ReturnType<typeof oidcAdapter>;

/** The same values as another server of the database reaches them. */
let other: ReturnType<typeof oidcAdapter>;

const now = () => Math.floor(Date.now() / 1000);
const clients = { find: async () => undefined };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'passerelle-adapter-'));
  const environment = { NODE_ENV: 'test', DATA_DIR: directory, LOG_LEVEL: 'error', INSI_MODE: 'off' };
  const settings = readSettings({ ...environment, ...(await storeSettings(directory)) });
  core = await openCore(settings, 'http://localhost');
  adapter = oidcAdapter(core.stores.expiring, clients);
  other = oidcAdapter(core.stores.expiring, clients);
});

afterAll(async () => {
  await core.close();
  await dropStore(directory);
  await rm(directory, { recursive: true });
});

test('a value is found whole, by its own model, until it is destroyed', async () => {
  const payload = { jti: 'a1', accountId: 'someone', exp: now() + 60, extra: { patient: 'p' } };
  await adapter('AccessToken').upsert('a1', payload, 60);
  expect(await other('AccessToken').find('a1')).toEqual(payload);
  expect(await adapter('ClientCredentials').find('a1')).toBeUndefined();
  expect(await adapter('AccessToken').find('a2')).toBeUndefined();
  await other('AccessToken').destroy('a1');
  expect(await adapter('AccessToken').find('a1')).toBeUndefined();
});

test('a value that is written again replaces the one before', async () => {
  await adapter('Interaction').upsert('i1', { jti: 'i1', exp: now() + 60 }, 60);
  await adapter('Interaction').upsert('i1', { jti: 'i1', exp: now() + 60, result: { consent: {} } }, 60);
  expect(await adapter('Interaction').find('i1')).toMatchObject({ result: { consent: {} } });
});

test('a value is kept a while past its end, for clocks that are apart, and no longer', async () => {
  await adapter('AccessToken').upsert('a3', { jti: 'a3', exp: now() + 10 }, 10);
  const real = Date.now;
  try {
    Date.now = () => real() + 25_000;
    expect(await adapter('AccessToken').find('a3')).toBeDefined();
    Date.now = () => real() + 60_000;
    expect(await adapter('AccessToken').find('a3')).toBeUndefined();
  } finally {
    Date.now = real;
  }
});

test('a session is found by its uid, under its new id after a change of that', async () => {
  const session = { uid: 'u1', accountId: 'someone', exp: now() + 60 };
  await adapter('Session').upsert('s1', { ...session, jti: 's1' }, 60);
  expect(await other('Session').findByUid('u1')).toMatchObject({ jti: 's1' });
  await adapter('Session').destroy('s1');
  await adapter('Session').upsert('s2', { ...session, jti: 's2' }, 60);
  expect(await other('Session').findByUid('u1')).toMatchObject({ jti: 's2' });
  await adapter('Session').destroy('s2');
  expect(await other('Session').findByUid('u1')).toBeUndefined();
  expect(await other('Session').findByUid('u2')).toBeUndefined();
});

test.each(['AuthorizationCode', 'RefreshToken'])('of all servers one alone consumes a %s', async (model) => {
  await adapter(model).upsert('c1', { jti: 'c1', exp: now() + 60 }, 60);
  expect(await adapter(model).find('c1')).not.toHaveProperty('consumed');
  const uses = [adapter, other, adapter, other].map((each) => each(model).consume('c1'));
  const ends = await Promise.allSettled(uses);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const end of ends) {
    if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(errors.InvalidGrant);
  }
  expect((await other(model).find('c1'))?.consumed).toBeGreaterThanOrEqual(now() - 5);
  await expect(adapter(model).consume('unknown')).rejects.toBeInstanceOf(errors.InvalidGrant);
});

test('what was used once is refused the second time', async () => {
  await adapter('ReplayDetection').upsert('r1', { jti: 'r1', iss: 'x', exp: now() + 60 }, 60);
  const again = other('ReplayDetection').upsert('r1', { jti: 'r1', iss: 'x', exp: now() + 60 }, 60);
  await expect(again).rejects.toBeInstanceOf(errors.InvalidClientAuth);
});

test('the values of a grant end together, model by model', async () => {
  const payload = (grantId: string) => ({ grantId, exp: now() + 60 });
  await adapter('AccessToken').upsert('g1', payload('one'), 60);
  await adapter('AccessToken').upsert('g2', payload('two'), 60);
  await adapter('RefreshToken').upsert('g1', payload('one'), 60);
  await other('AccessToken').revokeByGrantId('one');
  expect(await adapter('AccessToken').find('g1')).toBeUndefined();
  expect(await adapter('AccessToken').find('g2')).toBeDefined();
  expect(await adapter('RefreshToken').find('g1')).toBeDefined();
});
