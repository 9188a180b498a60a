import { randomUUID } from 'node:crypto';
import type {
  IdentifiedUser,
  LoginRequest,
  LoginResult,
  LoginService,
} from '../../../src/auth/sessions/login-service.ts';

/** A login service that identifies whom the test says, without asking. */
export class FakeLogin implements LoginService {
  readonly #pending = new Map<string, LoginRequest>();
  origin = '';
  user: IdentifiedUser | undefined;
  readonly requests: LoginRequest[] = [];

  async begin(login: LoginRequest): Promise<URL> {
    const state = randomUUID();
    this.#pending.set(state, login);
    this.requests.push(login);
    return new URL(`${this.origin}/login/callback?state=${state}&code=c`);
  }

  async finish(callback: URL, binding: string): Promise<LoginResult> {
    const state = callback.searchParams.get('state') ?? '';
    const login = this.#pending.get(state);
    this.#pending.delete(state);
    if (login === undefined || login.binding !== binding) return { outcome: 'refused', reason: 'state' };
    if (this.user === undefined) return { outcome: 'refused', reason: 'denied', returnTo: login.returnTo };
    return { outcome: 'identified', returnTo: login.returnTo, user: this.user };
  }
}

/** A doctor who has just logged in. */
export function doctor(fhirUser: string, given: Partial<IdentifiedUser> = {}): IdentifiedUser {
  return {
    fhirUser,
    issuer: 'https://login.example',
    subject: `subject of ${fhirUser}`,
    activities: [{ role: 'doctor' }],
    acr: 'eidas1',
    amr: ['CARD'],
    authenticatedAt: Math.floor(Date.now() / 1000),
    group: `session of ${fhirUser}`,
    endsAt: Date.now() + 3_600_000,
    ...given,
  };
}
