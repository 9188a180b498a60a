import type { Spine } from '../../interactions/spine.ts';
import { allOf, anyOf } from '../../search/combine.ts';
import type { Expression } from '../../search/expression.ts';
import { careDateParameters } from './care-dates.ts';
import type { EverythingInput } from './input.ts';

/** Which resources belong to a resource of one type, beside itself. */
export interface Membership {
  /** The type of the resources that others belong to. */
  focus: string;
  /** The types that may belong, in the order in which they are sent. */
  types: readonly string[];
  /** What a resource of `type` meets that belongs to the focus of this id. */
  belonging(type: string, id: string): Expression;
}

/** The members of a compartment of R4 (compartmentdefinition.html). */
export function compartmentMembership(spine: Spine, focus: string): Membership {
  const parameters = compartmentParameters(spine, focus);
  return {
    focus,
    types: [...parameters.keys()],
    belonging: (type, id) => anyReference(parameters.get(type) ?? [], focus, id),
  };
}

/** For a type without a compartment: the resources that refer to it by a parameter that names it as a target. */
export function referrerMembership(spine: Spine, focus: string): Membership {
  const parameters = new Map(
    [...spine.resourceTypes].sort().flatMap((type): [string, string[]][] => {
      const codes = spine.parameters
        .list(type)
        .filter(({ family }) => family === 'reference')
        // A parameter that may point to any type says nothing of this one.
        .filter(({ targets }) => targets.includes(focus) && targets.length < spine.resourceTypes.size)
        .map(({ code }) => code);
      return codes.length === 0 ? [] : [[type, codes]];
    }),
  );
  return {
    focus,
    types: [...parameters.keys()],
    belonging: (type, id) => anyReference(parameters.get(type) ?? [], focus, id),
  };
}

/** An episode of care: what refers to it, its encounters, and what is in their compartments. */
export function episodeMembership(spine: Spine): Membership {
  const direct = referrerMembership(spine, 'EpisodeOfCare');
  const ofEncounter = compartmentParameters(spine, 'Encounter');
  return {
    focus: 'EpisodeOfCare',
    types: [...new Set([...direct.types, ...ofEncounter.keys()])].sort(),
    belonging(type, id) {
      const throughEncounters = (ofEncounter.get(type) ?? []).map(
        (parameter): Expression => ({
          kind: 'chain',
          parameter,
          targetType: 'Encounter',
          expression: direct.belonging('Encounter', id),
        }),
      );
      return anyOf([direct.belonging(type, id), ...throughEncounters]);
    },
  };
}

/** `belonging`, narrowed to what the caller asks for. */
export function askedFor(
  { belonging }: Membership,
  type: string,
  id: string,
  { since, care }: EverythingInput,
): Expression {
  const criteria = [belonging(type, id)];
  if (since !== undefined) {
    criteria.push({ kind: 'lastUpdated', tests: [{ bound: 'low', operator: '>=', value: since }] });
  }
  const parameter = careDateParameters[type];
  if (care !== undefined && parameter !== undefined) {
    const within: Expression = {
      kind: 'date',
      parameter,
      tests: [
        { bound: 'low', operator: '<', value: care.high },
        { bound: 'high', operator: '>', value: care.low },
      ],
    };
    // What has no date cannot be told to be of other care.
    criteria.push({
      kind: 'or',
      operands: [within, { kind: 'missing', parameter, family: 'date', missing: true }],
    });
  }
  return allOf(criteria);
}

/** By type, the parameters that make a member; `{def}` stands for the focus itself. */
function compartmentParameters({ definitions }: Spine, focus: string): Map<string, string[]> {
  const members = Object.entries(definitions.compartments[focus] ?? {}).map(
    ([type, parameters]): [string, string[]] => [type, parameters.filter((code) => code !== '{def}')],
  );
  return new Map(members.filter(([, parameters]) => parameters.length > 0));
}

function anyReference(parameters: readonly string[], type: string, id: string): Expression {
  return anyOf(parameters.map((parameter) => ({ kind: 'reference', parameter, type, id })));
}
