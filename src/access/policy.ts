import type { ErrorObject } from 'ajv';
import type { Action } from '../interactions/access.ts';
import { JsonCheck } from '../json-schema/json-check.ts';
import { roles as actorRoles, type Role } from './actor.ts';

/** Who a rule is for: a role, or a patient who reads the own record. */
export type PolicyRole = Role | 'patient';

/** Who may do what with resources of which type, and under which condition; what no rule allows is refused. */
export interface PolicyRule {
  roles: readonly PolicyRole[];
  /** Resource types, `@name` for a list of `types`, or `*` for all. */
  types: readonly string[];
  /** Types that `types` would name otherwise. */
  except?: readonly string[];
  /** Letters of `cruds`. */
  actions: string;
  /** The rule holds while the glass is broken for a patient, for that record alone. */
  when?: 'break-glass';
  where?: {
    /** Only what is in the compartment of the resource that stands for the user. */
    compartment?: 'user';
    /**
     * Only what this search finds, such as `category=laboratory`; `{user}` and `{organization}` stand for the literal
     * references of the actor.
     */
    query?: string;
  };
}

/** The policy file. */
export interface Policy {
  types: Readonly<Record<string, readonly string[]>>;
  rules: readonly PolicyRule[];
  /** Who may break the glass, and for how long. */
  breakGlass: { roles: readonly PolicyRole[]; minutes: number };
}

const roleList = { type: 'array', minItems: 1, items: { enum: [...actorRoles, 'patient'] } };
const typeName = { type: 'string', pattern: '^[A-Z][A-Za-z]+$' };

const check = new JsonCheck<Policy>({
  type: 'object',
  additionalProperties: false,
  required: ['types', 'rules', 'breakGlass'],
  properties: {
    types: {
      type: 'object',
      propertyNames: { pattern: '^[a-z][a-z-]*$' },
      additionalProperties: { type: 'array', items: typeName },
    },
    rules: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['roles', 'types', 'actions'],
        properties: {
          roles: roleList,
          types: {
            type: 'array',
            minItems: 1,
            items: { type: 'string', pattern: '^([A-Z][A-Za-z]+|@[a-z][a-z-]*|\\*)$' },
          },
          except: { type: 'array', items: typeName },
          actions: { type: 'string', pattern: '^(?=.)c?r?u?d?s?$' },
          when: { const: 'break-glass' },
          where: {
            type: 'object',
            additionalProperties: false,
            minProperties: 1,
            properties: { compartment: { const: 'user' }, query: { type: 'string', minLength: 1 } },
          },
        },
      },
    },
    breakGlass: {
      type: 'object',
      additionalProperties: false,
      required: ['roles', 'minutes'],
      properties: {
        roles: { ...roleList, minItems: 0 },
        minutes: { type: 'integer', minimum: 1, maximum: 1440 },
      },
    },
  },
});

/**
 * Checks what a policy file holds.
 * @param resourceTypes the names of the resource types that there are
 * @throws Error that names each part that is wrong
 */
export function readPolicy(content: unknown, resourceTypes: ReadonlySet<string>): Policy {
  if (!check.accepts(content)) throw new Error(check.errors.map(problemText).join('; '));
  const named = [
    ...Object.values(content.types).flat(),
    ...content.rules.flatMap(({ types, except = [] }) => [...types, ...except]),
  ];
  const unknown = named.filter((name) => !isKnown(name, content, resourceTypes));
  if (unknown.length > 0)
    throw new Error(`no such resource type or list: ${[...new Set(unknown)].join(', ')}`);
  return content;
}

function problemText({ instancePath, message = '' }: ErrorObject): string {
  return `${instancePath || '/'} ${message}`;
}

function isKnown(name: string, { types }: Policy, resourceTypes: ReadonlySet<string>): boolean {
  if (name === '*') return true;
  return name.startsWith('@') ? Object.hasOwn(types, name.slice(1)) : resourceTypes.has(name);
}

/** The rules of a policy that are about a role, a type and an action. */
export function rulesFor(policy: Policy, role: PolicyRole, type: string, action: Action): PolicyRule[] {
  return policy.rules.filter(
    (rule) => rule.roles.includes(role) && rule.actions.includes(action) && isAbout(policy, rule, type),
  );
}

function isAbout({ types: lists }: Policy, { types, except = [] }: PolicyRule, type: string): boolean {
  if (except.includes(type)) return false;
  return types.some(
    (name) => name === '*' || name === type || (name.startsWith('@') && lists[name.slice(1)]?.includes(type)),
  );
}
