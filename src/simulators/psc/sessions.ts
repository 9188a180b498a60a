import { randomUUID } from 'node:crypto';
import type { SimulatedProfessional } from './people.ts';

/** A session of a professional, from a login to a logout; times in seconds since 1970 of the clock given. */
export interface SimulatedSession {
  id: string;
  person: SimulatedProfessional;
  clientId: string;
  nonce: string;
  scope: string;
  startedAt: number;
}

interface Code {
  session: SimulatedSession;
  redirectUri: string;
  challenge?: string;
  expiresAt: number;
}

interface IssuedToken {
  session: SimulatedSession;
  expiresAt: number;
}

const codeSeconds = 60;
const idleSeconds = 30 * 60;
const sessionSeconds = 4 * 60 * 60;

/** What the simulator remembers of its sessions, in memory. */
export interface SimulatedSessions {
  start(login: Omit<SimulatedSession, 'id' | 'startedAt'>): SimulatedSession;
  /** A code of one use and 60 seconds. */
  addCode(session: SimulatedSession, redirectUri: string, challenge: string | undefined): string;
  /** The code, which is used up by it; of a code that was used before, the session ends. */
  takeCode(code: string): Code | undefined;
  addAccessToken(token: string, session: SimulatedSession, seconds: number): void;
  /** Of a token that is neither expired nor revoked. */
  ofAccessToken(token: string): IssuedToken | undefined;
  /** Keeps a refresh token for 30 minutes, within the four hours of the session; answers its seconds. */
  addRefreshToken(token: string, session: SimulatedSession): number;
  /** The session of a refresh token, which is used up by it. */
  takeRefreshToken(token: string): SimulatedSession | undefined;
  revoke(token: string): void;
  isLive(session: SimulatedSession): boolean;
  find(id: string): SimulatedSession | undefined;
  /** Those that have not ended. */
  all(): SimulatedSession[];
  end(session: SimulatedSession): void;
}

/** @param now seconds since 1970 */
export function createSessions(now: () => number): SimulatedSessions {
  const sessions = new Map<string, SimulatedSession>();
  const codes = new Map<string, Code>();
  const usedCodes = new Map<string, SimulatedSession>();
  const accessTokens = new Map<string, IssuedToken>();
  const refreshTokens = new Map<string, IssuedToken>();

  const isLive = (session: SimulatedSession) =>
    sessions.has(session.id) && now() < session.startedAt + sessionSeconds;
  const live = <T extends IssuedToken>(entry: T | undefined) =>
    entry !== undefined && now() < entry.expiresAt && isLive(entry.session) ? entry : undefined;

  return {
    isLive,
    find: (id) => sessions.get(id),
    all: () => [...sessions.values()].filter(isLive),
    start(login) {
      const session = { ...login, id: randomUUID(), startedAt: now() };
      sessions.set(session.id, session);
      return session;
    },
    addCode(session, redirectUri, challenge) {
      const code = `${randomUUID()}.${session.id}`;
      const entry = { session, redirectUri, expiresAt: now() + codeSeconds };
      codes.set(code, challenge === undefined ? entry : { ...entry, challenge });
      return code;
    },
    takeCode(code) {
      const replayed = usedCodes.get(code);
      if (replayed !== undefined) sessions.delete(replayed.id);
      const entry = live(codes.get(code));
      codes.delete(code);
      if (entry !== undefined) usedCodes.set(code, entry.session);
      return entry;
    },
    addAccessToken: (token, session, seconds) => {
      accessTokens.set(token, { session, expiresAt: now() + seconds });
    },
    ofAccessToken: (token) => live(accessTokens.get(token)),
    addRefreshToken(token, session) {
      const expiresAt = Math.min(now() + idleSeconds, session.startedAt + sessionSeconds);
      refreshTokens.set(token, { session, expiresAt });
      return expiresAt - now();
    },
    takeRefreshToken(token) {
      const entry = live(refreshTokens.get(token));
      refreshTokens.delete(token);
      return entry?.session;
    },
    revoke(token) {
      const entry = refreshTokens.get(token);
      if (entry !== undefined) sessions.delete(entry.session.id);
      refreshTokens.delete(token);
      accessTokens.delete(token);
    },
    end: (session) => {
      sessions.delete(session.id);
    },
  };
}
