import type { Actor } from '../../access/actor.ts';
import { parseScope } from '../../access/scopes.ts';
import { FhirError } from '../../fhir/error.ts';
import type { Access, Rights } from '../../interactions/access.ts';
import { actorOf } from './directory-actor.ts';
import type { DirectoryUser } from './patient-choice.ts';

/** Leaves out the scopes on data that the role of a user never uses: nobody grants what is not theirs. */
export type RoleCeiling = (user: DirectoryUser, scopes: readonly string[]) => Promise<string[]>;

/** The ceiling that the access policy sets. Scopes on all types stay, for they mean those that the role reaches. */
export function roleCeiling(accessTo: (actor: Actor) => Access | Promise<Access>): RoleCeiling {
  return async (user, scopes) => {
    const { rights } = await accessTo(actorOf(user));
    return rights === undefined ? [...scopes] : scopes.filter((text) => isWithin(rights, text));
  };
}

function isWithin(rights: Rights, text: string): boolean {
  const scope = parseScope(text);
  if (scope?.kind !== 'resource' || scope.type === '*') return true;
  return [...scope.permissions].some((action) => {
    try {
      rights.check(action, scope.type, false);
      return true;
    } catch (error) {
      if (error instanceof FhirError) return false;
      throw error;
    }
  });
}
