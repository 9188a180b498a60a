import { parseScope, parseScopes, type ResourceScope, type SmartScope } from '../../access/scopes.ts';

/** `user`: someone logs in; `backend`: the client acts for itself (SMART Backend Services). */
export type Flow = 'user' | 'backend';

/**
 * The scopes of a request that a client may be granted, each as it was written. Of those on data, `system` scopes go to
 * back ends alone and the others to users; the rest is left out, as SMART App Launch says a server does.
 */
export function grantableScopes(requested: Iterable<string>, allowed: string, flow: Flow): string[] {
  const limits = parseScopes(allowed);
  return [...new Set(requested)].filter((text) => {
    const scope = parseScope(text);
    return scope !== undefined && isOfFlow(scope, flow) && limits.some((limit) => covers(limit, scope));
  });
}

/** True for the scopes that oidc-provider knows by name, whatever the client. */
function isOfFlow(scope: SmartScope, flow: Flow): boolean {
  if (scope.kind === 'named') return flow === 'user';
  return (scope.level === 'system') === (flow === 'backend');
}

function covers(limit: SmartScope, scope: SmartScope): boolean {
  if (limit.kind === 'named') return scope.kind === 'named' && scope.name === limit.name;
  return scope.kind === 'resource' && coversData(limit, scope);
}

/** A scope may be narrower by its type, its permissions and its query, never wider. */
function coversData(limit: ResourceScope, scope: ResourceScope): boolean {
  return (
    limit.level === scope.level &&
    (limit.type === '*' || limit.type === scope.type) &&
    scope.permissions.isSubsetOf(limit.permissions) &&
    limit.query.every(([name, value]) =>
      scope.query.some(([otherName, otherValue]) => otherName === name && otherValue === value),
    )
  );
}

/** True when the scopes are about the data of one patient, who has to be chosen. */
export function needsPatient(scopes: readonly string[]): boolean {
  return scopes.some((text) => text === 'launch/patient' || text.startsWith('patient/'));
}
