import { type Role, roles } from '../../access/actor.ts';
import { JsonCheck } from '../../json-schema/json-check.ts';
import type { Activity, Practice, Professional } from '../../professionals/psc/professional.ts';
import defaultTable from './roles.json' with { type: 'json' };

/** Which role of the access policy an activity gives: that of the first rule whose conditions all hold, else none. */
export interface RoleTable {
  rules: readonly RoleRule[];
}

/** A condition holds when what it looks at is one of its codes; one that is absent holds always. */
interface RoleRule {
  /** `null`: none, and no further rule is looked at. */
  role: Exclude<Role, 'admin' | 'system'> | null;
  /** Codes of TRE_G15-ProfessionSante and its kin. */
  professions?: readonly string[];
  /** Codes of TRE_R09-CategorieProfessionnelle. */
  categories?: readonly string[];
  /** Codes of TRE_R22-GenreActivite. */
  kinds?: readonly string[];
  /** Codes of `SubjectRole`. */
  subjectRoles?: readonly string[];
  /** First digits of a national identifier with an internal number: the kind of the employer's identifier. */
  identifierKinds?: readonly string[];
}

const codes = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 };

// Who is an administrator, and what a back end is, no claim says.
const assignable = roles.filter((role) => role !== 'admin' && role !== 'system');

const check = new JsonCheck<RoleTable>({
  type: 'object',
  additionalProperties: false,
  required: ['rules'],
  properties: {
    rules: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['role'],
        // A rule without a condition would give its role to everybody.
        minProperties: 2,
        properties: {
          role: { enum: [...assignable, null] },
          professions: codes,
          categories: codes,
          kinds: codes,
          subjectRoles: codes,
          identifierKinds: codes,
        },
      },
    },
  },
});

/**
 * Reads a table of roles; without a text, that of the server.
 * @throws Error that tells what is wrong in it
 */
export function readRoleTable(json?: string): RoleTable {
  if (json === undefined) return defaultTable as RoleTable;
  const table: unknown = JSON.parse(json);
  if (check.accepts(table)) return table;
  throw new Error(`The table of roles is wrong: ${check.problems}`);
}

/** The role that a professional has in an activity, or without any where the claims hold none. */
export function roleOf(
  { rules }: RoleTable,
  { subjectRoles, nationalId }: Professional,
  practice: Practice | undefined,
  activity: Activity | undefined,
): Role | undefined {
  const [, employer] = /^(\d)[^/]*\/./.exec(nationalId ?? '') ?? [];
  const holds = (allowed: readonly string[] | undefined, ...found: readonly (string | undefined)[]) =>
    allowed === undefined || found.some((code) => code !== undefined && allowed.includes(code));
  const rule = rules.find(
    (each) =>
      holds(each.professions, practice?.profession) &&
      holds(each.categories, practice?.category) &&
      holds(each.kinds, activity?.kind) &&
      holds(each.subjectRoles, ...subjectRoles) &&
      holds(each.identifierKinds, employer),
  );
  return rule?.role ?? undefined;
}
