import { callbackOf, identified, type PscUnderTest, settingsFor, startPsc } from './support.ts';

let psc: PscUnderTest;
beforeAll(async () => {
  psc = await startPsc();
});
afterAll(() => psc.close());
afterEach(() => {
  psc.simulator.switches.reset();
});

const userInfoStatus = async (token: string) => {
  const url = `${psc.simulator.issuer}/protocol/openid-connect/userinfo`;
  return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
};

describe('the access token of a session', () => {
  test('is that of the login while it lives', async () => {
    const { session } = await identified(psc.relyingParty, 'medecin');
    const one = await psc.relyingParty.accessToken(session);
    expect(one).toEqual({ outcome: 'live', token: expect.any(String) });
    expect(await psc.relyingParty.accessToken(session)).toEqual(one);
    expect(await userInfoStatus((one as { token: string }).token)).toBe(200);
  });

  test('is refreshed once for all callers, in one process and in two', async () => {
    psc.simulator.switches.set({ accessTokenSeconds: 1 });
    const { session } = await identified(psc.relyingParty, 'medecin');
    psc.simulator.switches.reset();
    const elsewhere = psc.client({});
    const tokens = await Promise.all(
      [psc.relyingParty, psc.relyingParty, psc.relyingParty, elsewhere].map((each) =>
        each.accessToken(session),
      ),
    );
    expect(new Set(tokens.map((each) => (each as { token: string }).token)).size).toBe(1);
    expect(tokens[0]).toMatchObject({ outcome: 'live' });
    expect(await userInfoStatus((tokens[0] as { token: string }).token)).toBe(200);
  });

  test('is refreshed again and again, with the refresh token that took the place of the one before', async () => {
    psc.simulator.switches.set({ accessTokenSeconds: 1 });
    const { session } = await identified(psc.relyingParty, 'medecin');
    const seen = new Set<string>();
    for (let time = 0; time < 3; time++) {
      const access = await psc.relyingParty.accessToken(session);
      expect(access.outcome).toBe('live');
      seen.add((access as { token: string }).token);
    }
    expect(seen.size).toBe(3);
  });

  test('is over with a session that nobody used for half an hour', async () => {
    psc.simulator.switches.set({ accessTokenSeconds: 1 });
    const { session } = await identified(psc.relyingParty, 'medecin');
    psc.simulator.switches.set({ clockOffset: 31 * 60 });
    expect(await psc.relyingParty.accessToken(session)).toEqual({ outcome: 'ended' });
    psc.simulator.switches.reset();
    expect(await psc.relyingParty.accessToken(session)).toEqual({ outcome: 'ended' });
  });

  test('is not there while Pro Santé Connect is down, and is there after', async () => {
    psc.simulator.switches.set({ accessTokenSeconds: 1 });
    const { session } = await identified(psc.relyingParty, 'medecin');
    psc.simulator.switches.set({ failing: 'token' });
    expect(await psc.relyingParty.accessToken(session)).toEqual({ outcome: 'unavailable' });
    psc.simulator.switches.reset();
    expect(await psc.relyingParty.accessToken(session)).toMatchObject({ outcome: 'live' });
  });

  test('is of no session that is not known', async () => {
    expect(await psc.relyingParty.accessToken('invented')).toEqual({ outcome: 'ended' });
  });
});

describe('a logout', () => {
  test('ends the session here and sends the browser to end it there', async () => {
    const identity = await identified(psc.relyingParty, 'medecin');
    await psc.expiring.put('local session', 'x', 60_000, identity.sessionGroup);
    const access = (await psc.relyingParty.accessToken(identity.session)) as { token: string };
    const url = await psc.relyingParty.logout(identity.session, 'my-state');
    expect(await psc.expiring.get('local session')).toBeUndefined();
    expect(await psc.relyingParty.accessToken(identity.session)).toEqual({ outcome: 'ended' });
    expect(url!.searchParams.get('id_token_hint')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const back = await fetch(url!, { redirect: 'manual' });
    expect(back.headers.get('location')).toBe('https://app.hospital.example/bye?state=my-state');
    expect(await userInfoStatus(access.token)).toBe(401);
    expect(await psc.relyingParty.logout(identity.session, 'again')).toBeUndefined();
  });

  test('comes back without state where Pro Santé Connect drops it, and shows its page without an address', async () => {
    psc.simulator.switches.set({ dropLogoutState: true });
    const { session } = await identified(psc.relyingParty, 'medecin');
    const url = await psc.relyingParty.logout(session, 'my-state');
    const back = await fetch(url!, { redirect: 'manual' });
    expect(back.headers.get('location')).toBe('https://app.hospital.example/bye');
    psc.simulator.switches.reset();
    const { postLogoutRedirectUri: _, ...unregistered } = settingsFor(psc.simulator.issuer);
    const relyingParty = psc.clientOf(unregistered);
    const page = await fetch(
      (await relyingParty.logout((await identified(relyingParty, 'medecin')).session, 's'))!,
    );
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Session terminée');
  });
});

describe('a logout token', () => {
  const event = 'http://schemas.openid.net/event/backchannel-logout';

  test('ends everything that rests on its session, once', async () => {
    const identity = await identified(psc.relyingParty, 'medecin');
    const other = await identified(psc.relyingParty, 'medecin');
    await psc.expiring.put('local', 'x', 60_000, identity.sessionGroup);
    await psc.expiring.put('of another', 'x', 60_000, other.sessionGroup);
    const token = await psc.simulator.sign(await claimsFor(identity.session, 'once'));
    expect(await psc.relyingParty.backChannelLogout(token)).toBe(true);
    expect(await psc.expiring.get('local')).toBeUndefined();
    expect(await psc.expiring.get('of another')).toBe('x');
    expect(await psc.relyingParty.accessToken(identity.session)).toEqual({ outcome: 'ended' });
    expect(await psc.relyingParty.accessToken(other.session)).toMatchObject({ outcome: 'live' });
    expect(await psc.relyingParty.backChannelLogout(token)).toBe(false);
  });

  test.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['of another issuer', (claims) => ({ ...claims, iss: 'https://other.example' })],
    ['for another client', (claims) => ({ ...claims, aud: 'another' })],
    ['that is old', (claims) => ({ ...claims, iat: Number(claims['iat']) - 600 })],
    ['with a nonce, as an ID token', (claims) => ({ ...claims, nonce: 'n' })],
    ['of another event', (claims) => ({ ...claims, events: { 'urn:other': {} } })],
    ['without a session', ({ sid: _, ...claims }) => claims],
    ['without an identifier', ({ jti: _, ...claims }) => claims],
  ])('is refused %s', async (title, change) => {
    const identity = await identified(psc.relyingParty, 'medecin');
    const claims = await claimsFor(identity.session, title);
    expect(await psc.relyingParty.backChannelLogout(await psc.simulator.sign(change(claims)))).toBe(false);
    expect(await psc.relyingParty.accessToken(identity.session)).toMatchObject({ outcome: 'live' });
    expect(await psc.relyingParty.backChannelLogout(await psc.simulator.sign(claims))).toBe(true);
  });

  test('is refused without a signature, or as anything else', async () => {
    const claims = Buffer.from(JSON.stringify({ iss: psc.simulator.issuer })).toString('base64url');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of ['', 'x', `${header}.${claims}.`]) {
      expect(await psc.relyingParty.backChannelLogout(token)).toBe(false);
    }
  });

  async function claimsFor(session: string, jti: string): Promise<Record<string, unknown>> {
    const access = (await psc.relyingParty.accessToken(session)) as { token: string };
    const { sid } = JSON.parse(Buffer.from(access.token.split('.')[1]!, 'base64url').toString());
    const iat = Math.floor(Date.now() / 1000);
    return { iss: psc.simulator.issuer, aud: 'sim-rp', iat, jti, sid, events: { [event]: {} } };
  }
});

test('nothing of a login or a session is stored in clear', async () => {
  const stored: string[] = [];
  const put = psc.expiring.put;
  psc.expiring.put = async (key, value, ...rest) => {
    stored.push(key, value);
    return put(key, value, ...rest);
  };
  try {
    const callback = await callbackOf(psc.relyingParty, 'medecin');
    await psc.relyingParty.finish(callback, 'the secret of one browser');
    const state = callback.searchParams.get('state')!;
    expect(stored.length).toBeGreaterThanOrEqual(4);
    expect(stored.join('\n')).not.toContain(state);
    expect(stored.join('\n')).not.toMatch(/eyJhbGciOi|899799000015|the secret of one browser/);
  } finally {
    psc.expiring.put = put;
  }
});
