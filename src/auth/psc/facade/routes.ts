import { randomBytes } from 'node:crypto';
import express, { type Request, type RequestHandler, Router } from 'express';
import { type FhirError, fhirError } from '../../../fhir/error.ts';
import { refusing } from '../../../routes/refusing.ts';
import type { Report } from '../../smart/events.ts';
import { accountOf } from '../account.ts';
import type { ProfessionalLogins } from '../professional-login.ts';
import { bindingCookie, readBinding } from './binding.ts';
import { readCallback } from './callback.ts';
import { loginRefusal } from './refusals.ts';
import type { FacadeSessions } from './sessions.ts';
import { userOf } from './user.ts';

export interface PscFacadeParts {
  logins: ProfessionalLogins;
  sessions: FacadeSessions;
  /** Browsers reach this server by https. */
  isSecure: boolean;
  /** Seconds that a login may take. */
  loginSeconds: number;
  /** The tenant of an address that names none. */
  defaultTenant: string;
  /** Limits the requests of a caller a minute. */
  perMinute(name: string, limit: number): RequestHandler;
  /** Told of every login and logout. */
  report: Report;
}

/**
 * The login of professionals for applications that do not speak SMART: `GET /authorize` (10 a minute) says where to
 * send the browser, `POST /callback` (10 a minute) takes what it came back with and answers a session, `GET /me`
 * (30 a minute) tells who is in it, `POST /logout` ends it.
 */
export function pscFacadeRoutes(parts: PscFacadeParts): Router {
  const { logins, sessions, isSecure, loginSeconds, defaultTenant, perMinute, report } = parts;
  const router = Router();
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.get(
    '/authorize',
    perMinute('psc-authorize', 10),
    refusing(async (request, response) => {
      const binding = readBinding(request, isSecure) ?? randomBytes(32).toString('base64url');
      const redirectUri = request.query['redirect_uri'];
      const url = await logins.begin({
        returnTo: '',
        tenant: (response.locals['tenant'] as string | undefined) ?? defaultTenant,
        binding,
        ...(typeof redirectUri === 'string' ? { redirectUri } : {}),
      });
      response.append('Set-Cookie', bindingCookie(isSecure, binding, loginSeconds));
      if (request.accepts(['json', 'html']) === 'html') return response.redirect(302, url.href);
      response.json({
        authorization_url: url.href,
        state: url.searchParams.get('state'),
        expires_in: loginSeconds,
      });
    }),
  );
  router.post(
    '/callback',
    perMinute('psc-callback', 10),
    express.json({ limit: '16kb' }),
    refusing(async (request, response) => {
      const callback = readCallback(request.body);
      const login = await logins.finish(callback, readBinding(request, isSecure) ?? '');
      if (login.outcome === 'refused') {
        report({ kind: 'login', outcome: 'refused', reason: login.reason }, request);
        throw loginRefusal(login.reason);
      }
      const { sessionGroup, sessionEndsAt, session } = login.identity;
      const account = accountOf(login);
      report({ kind: 'login', outcome: 'identified', account }, request);
      const user = userOf(login);
      const token = await sessions.add({ user, account, session }, sessionGroup, sessionEndsAt);
      response.json({
        access_token: token,
        token_type: 'Bearer',
        expires_in: Math.floor((sessionEndsAt - Date.now()) / 1000),
        user,
      });
    }),
  );
  router.get(
    '/me',
    perMinute('psc-me', 30),
    refusing(async (request, response) => {
      const token = bearerToken(request);
      const found = token === undefined ? undefined : await sessions.find(token);
      if (found === undefined) throw loginNeeded(report, request);
      response.json(found.user);
    }),
  );
  router.post(
    '/logout',
    perMinute('psc-logout', 10),
    refusing(async (request, response) => {
      const token = bearerToken(request);
      const ended = token === undefined ? undefined : await sessions.end(token);
      if (ended === undefined) throw loginNeeded(report, request);
      report({ kind: 'logout', account: ended.account }, request);
      response.json({ logout_url: ended.logoutUrl?.href ?? null });
    }),
  );
  return router;
}

function bearerToken({ headers }: Request): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '')?.[1];
}

function loginNeeded(report: Report, request: Request): FhirError {
  report({ kind: 'refused', where: 'psc', error: 'login' }, request);
  return fhirError(401, 'login', 'A login with Pro Santé Connect is needed here', undefined, {
    'WWW-Authenticate': 'Bearer',
  });
}
