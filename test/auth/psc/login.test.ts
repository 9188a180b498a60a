import {
  answered,
  binding,
  callbackOf,
  identified,
  logIn,
  type PscUnderTest,
  redirectUri,
  startPsc,
} from './support.ts';

let psc: PscUnderTest;
beforeAll(async () => {
  psc = await startPsc();
});
afterAll(() => psc.close());
afterEach(() => {
  psc.simulator.switches.reset();
  psc.failures.length = 0;
  psc.unknownAssurances.length = 0;
});

describe('the redirection to Pro Santé Connect', () => {
  test('asks what the ANS asks for, at the endpoint of the wallet', async () => {
    const url = await psc.relyingParty.begin({
      returnTo: '/home',
      tenant: 'default',
      binding,
      prompt: 'login',
      maxAge: 60,
      loginHint: '99799000015',
    });
    expect(url.origin + url.pathname).toBe(`${psc.origin}/wallet/auth`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'sim-rp',
      redirect_uri: redirectUri,
      scope: 'openid scope_all',
      acr_values: 'eidas1',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      prompt: 'login',
      max_age: '60',
      login_hint: '99799000015',
    });
  });

  test('names the identity provider of the establishment where there is one', async () => {
    const login = { returnTo: '/', tenant: 'default', binding };
    const url = await psc.client({ identityProvider: 'chu' }).begin(login);
    expect(url.searchParams.get('kc_idp_hint')).toBe('chu');
  });

  test('has another state, nonce and challenge each time', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => psc.relyingParty.begin({ returnTo: '/', tenant: 'default', binding })),
    );
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one!.searchParams.get(name)).not.toBe(other!.searchParams.get(name));
    }
  });

  test('is refused to a redirect URI that is not registered', async () => {
    const login = { returnTo: '/', tenant: 'default', binding, redirectUri: `${redirectUri}/` };
    await expect(psc.relyingParty.begin(login)).rejects.toMatchObject({ status: 400 });
  });

  test('is refused while Pro Santé Connect is down, and works when it is back', async () => {
    const relyingParty = psc.client({});
    psc.simulator.switches.set({ failing: 'all' });
    const login = { returnTo: '/', tenant: 'default', binding };
    await expect(relyingParty.begin(login)).rejects.toMatchObject({ status: 503 });
    psc.simulator.switches.reset();
    await expect(relyingParty.begin(login)).resolves.toBeInstanceOf(URL);
  });

  test('is refused when the metadata are of another issuer', async () => {
    const relyingParty = psc.client({ issuer: 'https://other.example/realm' });
    const login = { returnTo: '/', tenant: 'default', binding };
    await expect(relyingParty.begin(login)).rejects.toMatchObject({ status: 503 });
    expect(psc.failures.join()).toContain('another issuer');
  });

  test('needs no metadata where the settings hold the endpoints', async () => {
    psc.simulator.switches.set({ failing: 'discovery' });
    const protocol = `${psc.simulator.issuer}/protocol/openid-connect`;
    const relyingParty = psc.client({
      endpoints: {
        authorization: `${psc.origin}/wallet/auth`,
        token: `${protocol}/token`,
        userInfo: `${protocol}/userinfo`,
        keys: `${protocol}/certs`,
      },
    });
    expect(await logIn(relyingParty, 'medecin')).toMatchObject({ outcome: 'identified' });
  });
});

describe('a login', () => {
  test('tells who the professional is, and gives back where to go on', async () => {
    const login = await logIn(psc.relyingParty, 'medecin', { returnTo: '/patients?x=1', tenant: 'chu' });
    expect(login).toMatchObject({
      outcome: 'identified',
      returnTo: '/patients?x=1',
      tenant: 'chu',
      identity: {
        issuer: psc.simulator.issuer,
        subject: expect.stringMatching(/^f:[0-9a-f-]{36}:899799000015$/),
        assurance: 1,
        authenticationMode: 'MOBILE',
        professional: {
          nationalId: '899799000015',
          rpps: '99799000015',
          familyName: 'EXEMPLE',
          givenName: 'Camille',
          practices: [
            {
              profession: '10',
              category: 'C',
              skill: 'SM54',
              activities: [
                { mode: 'L', sector: 'SA07', siret: '99999001300016' },
                { mode: 'S', finess: '990000010' },
              ],
            },
          ],
        },
      },
    });
  });

  test('takes the redirect URI that was asked for', async () => {
    const other = `${redirectUri}/other`;
    const callback = await callbackOf(psc.relyingParty, 'medecin', { redirectUri: other });
    expect(callback.href).toMatch(new RegExp(`^${other}\\?`));
    expect(await psc.relyingParty.finish(callback, binding)).toMatchObject({ outcome: 'identified' });
  });

  test('needs no choice when a hint names the professional', async () => {
    const url = await psc.relyingParty.begin({
      returnTo: '/',
      tenant: 'default',
      binding,
      loginHint: '99799000023',
    });
    const login = await psc.relyingParty.finish(await answered(url, {}), binding);
    expect(login).toMatchObject({ identity: { professional: { rpps: '99799000023' } } });
  });

  test('two at once in one browser do not take the place of each other', async () => {
    const first = await callbackOf(psc.relyingParty, 'medecin', { returnTo: '/1' });
    const second = await callbackOf(psc.relyingParty, 'infirmier', { returnTo: '/2' });
    const results = [
      await psc.relyingParty.finish(second, binding),
      await psc.relyingParty.finish(first, binding),
    ];
    expect(results).toMatchObject([
      { returnTo: '/2', identity: { professional: { rpps: '99799000023' } } },
      { returnTo: '/1', identity: { professional: { rpps: '99799000015' } } },
    ]);
  });

  test.each(['client_secret_post', 'client_secret_basic'] as const)('authenticates by %s', async (method) => {
    const relyingParty = psc.client({ authentication: { method, secrets: ['first-secret'] } });
    expect(await logIn(relyingParty, 'medecin')).toMatchObject({ outcome: 'identified' });
  });

  test.each([
    ['eidas2', 2],
    ['eidas3', 3],
  ] as const)('takes %s though eidas1 was asked for', async (acr, assurance) => {
    psc.simulator.switches.set({ acr });
    expect(await identified(psc.relyingParty, 'medecin')).toMatchObject({ assurance });
  });

  test.each([
    ['absent', undefined],
    ['unknown', 'loa-substantial'],
  ] as const)('takes a level that is %s for the lowest, and tells', async (acr, told) => {
    psc.simulator.switches.set({ acr });
    expect(await identified(psc.relyingParty, 'medecin')).toMatchObject({ assurance: 1 });
    expect(psc.unknownAssurances).toEqual([told]);
    expect(await logIn(psc.client({ leastAssurance: 2 }), 'medecin')).toMatchObject({ reason: 'assurance' });
  });

  test('is refused below the level of the settings or of the login', async () => {
    expect(await logIn(psc.client({ leastAssurance: 2 }), 'medecin')).toMatchObject({ reason: 'assurance' });
    expect(await logIn(psc.client({ leastAssurance: 2 }), 'infirmier')).toMatchObject({
      identity: { assurance: 2 },
    });
    const stepUp = { leastAssurance: 3 } as const;
    expect(await logIn(psc.relyingParty, 'infirmier', stepUp)).toMatchObject({ reason: 'assurance' });
  });

  test('goes on with the keys that Pro Santé Connect has changed', async () => {
    await identified(psc.relyingParty, 'medecin');
    psc.simulator.rotateKeys();
    psc.simulator.rotateKeys();
    expect(await logIn(psc.relyingParty, 'medecin')).toMatchObject({ outcome: 'identified' });
  });

  test('takes tokens of two acr members, a subject that is a UUID, and clocks half a minute apart', async () => {
    psc.simulator.switches.set({ duplicateAcr: true, subjectStyle: 'uuid', clockOffset: 25 });
    const { subject, professional } = await identified(psc.relyingParty, 'medecin');
    expect(subject).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(professional.rpps).toBe('99799000015');
  });

  test('takes a callback without iss', async () => {
    psc.simulator.switches.set({ callbackIssuer: 'absent' });
    expect(await logIn(psc.relyingParty, 'medecin')).toMatchObject({ outcome: 'identified' });
  });

  test('goes on with the next secret when the current one is refused, and stays with it', async () => {
    const relyingParty = psc.client({
      authentication: { method: 'client_secret_post', secrets: ['first-secret', 'second-secret'] },
    });
    expect(await logIn(relyingParty, 'medecin')).toMatchObject({ outcome: 'identified' });
    psc.simulator.setSecrets('sim-rp', ['second-secret']);
    try {
      expect(await logIn(relyingParty, 'medecin')).toMatchObject({ outcome: 'identified' });
      expect(await logIn(relyingParty, 'medecin')).toMatchObject({ outcome: 'identified' });
      expect(await logIn(psc.client({}), 'medecin')).toMatchObject({ reason: 'configuration' });
    } finally {
      psc.simulator.setSecrets('sim-rp', ['first-secret']);
    }
  });
});

describe('a login is refused', () => {
  test('with a state that nobody began, of another browser, or that was used', async () => {
    const { relyingParty } = psc;
    const callback = await callbackOf(relyingParty, 'medecin');
    const invented = new URL(callback);
    invented.searchParams.set('state', 'invented');
    const twice = new URL(callback);
    twice.searchParams.append('state', callback.searchParams.get('state')!);
    const without = new URL(callback);
    without.searchParams.delete('state');
    for (const url of [invented, twice, without]) {
      expect(await relyingParty.finish(url, binding)).toEqual({ outcome: 'refused', reason: 'state' });
    }
    expect(await relyingParty.finish(callback, binding)).toMatchObject({ outcome: 'identified' });
    expect(await relyingParty.finish(callback, binding)).toEqual({ outcome: 'refused', reason: 'state' });
    const stolen = await callbackOf(relyingParty, 'medecin');
    expect(await relyingParty.finish(stolen, 'another browser')).toEqual({
      outcome: 'refused',
      reason: 'state',
    });
    expect(await relyingParty.finish(stolen, binding)).toEqual({ outcome: 'refused', reason: 'state' });
  });

  test('when it took too long', async () => {
    const relyingParty = psc.client({ limits: { timeoutMs: 5000, keysCooldownMs: 0, loginMs: 0 } });
    const callback = await callbackOf(relyingParty, 'medecin');
    expect(await relyingParty.finish(callback, binding)).toEqual({ outcome: 'refused', reason: 'state' });
  });

  test('of concurrent callers with one state, but for the first', async () => {
    const callback = await callbackOf(psc.relyingParty, 'medecin');
    const results = await Promise.all([1, 2, 3].map(() => psc.relyingParty.finish(callback, binding)));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['identified', 'refused', 'refused']);
  });

  test('with a code of another login, used or not', async () => {
    const { relyingParty } = psc;
    const used = await callbackOf(relyingParty, 'medecin');
    expect(await relyingParty.finish(used, binding)).toMatchObject({ outcome: 'identified' });
    const unused = await callbackOf(relyingParty, 'medecin');
    for (const other of [used, unused]) {
      const callback = await callbackOf(relyingParty, 'infirmier');
      callback.searchParams.set('code', other.searchParams.get('code')!);
      expect(await relyingParty.finish(callback, binding)).toEqual({
        outcome: 'refused',
        reason: 'token',
        returnTo: '/home',
      });
    }
  });

  test.each([
    ['another nonce', { nonce: 'other' }],
    ['no nonce', { nonce: 'absent' }],
    ['another issuer', { issuer: 'other' }],
    ['another audience', { audience: 'other' }],
    ['no signature', { algorithm: 'none' }],
    ['a signature by the secret of the client', { algorithm: 'HS256' }],
    ['a time that is over', { clockOffset: -3600 }],
  ] as const)('when the ID token has %s', async (_case, change) => {
    psc.simulator.switches.set(change);
    expect(await logIn(psc.relyingParty, 'medecin')).toEqual({
      outcome: 'refused',
      reason: 'token',
      returnTo: '/home',
    });
    expect(psc.failures).toHaveLength(1);
    expect(psc.failures.join()).not.toMatch(/899799000015|EXEMPLE/);
  });

  test('when the callback is of another issuer', async () => {
    psc.simulator.switches.set({ callbackIssuer: 'other' });
    expect(await logIn(psc.relyingParty, 'medecin')).toMatchObject({ reason: 'token' });
  });

  test('when UserInfo is of another subject, or refused', async () => {
    psc.simulator.switches.set({ userInfoSubject: 'other' });
    expect(await logIn(psc.relyingParty, 'medecin')).toMatchObject({ reason: 'token' });
    psc.simulator.switches.set({ userInfoSubject: 'same', failing: 'userinfo', failureStatus: 401 });
    expect(await logIn(psc.relyingParty, 'medecin')).toMatchObject({ reason: 'token' });
  });

  test.each(['token', 'userinfo', 'certs'] as const)('while the endpoint %s is down', async (failing) => {
    const relyingParty = psc.client({});
    const callback = await callbackOf(relyingParty, 'medecin');
    psc.simulator.switches.set({ failing });
    expect(await relyingParty.finish(callback, binding)).toEqual({
      outcome: 'refused',
      reason: 'unavailable',
      returnTo: '/home',
    });
  });

  test.each([
    ['access_denied', 'denied', 0],
    ['login_required', 'login-required', 0],
    ['server_error', 'unavailable', 1],
    ['invalid_scope', 'configuration', 1],
  ])('when Pro Santé Connect answers %s', async (error, reason, told) => {
    const url = await psc.relyingParty.begin({ returnTo: '/home', tenant: 'default', binding });
    const callback = await answered(url, { sim_error: error });
    expect(await psc.relyingParty.finish(callback, binding)).toEqual({
      outcome: 'refused',
      reason,
      returnTo: '/home',
    });
    expect(psc.failures).toHaveLength(told);
  });

  test('when the last authentication is older than asked', async () => {
    psc.simulator.switches.set({ clockOffset: -50 });
    const [recent, old] = [
      await callbackOf(psc.relyingParty, 'medecin', { maxAge: 600 }),
      await callbackOf(psc.relyingParty, 'medecin', { maxAge: 10 }),
    ];
    psc.simulator.switches.reset();
    expect(await psc.relyingParty.finish(recent, binding)).toMatchObject({ outcome: 'identified' });
    expect(await psc.relyingParty.finish(old, binding)).toMatchObject({ reason: 'token' });
  });
});
