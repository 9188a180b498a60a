import type { Action } from './access.ts';
import type { Interaction, InteractionCode } from './interaction.ts';
import type { FhirRequest } from './request.ts';

/**
 * What the interactions that only read do with the type of their address. Writes are checked where they are read
 * (`writeOf`), operations by their registry; what is about all types looks at what the caller may see and no more.
 */
const actions: Partial<Record<InteractionCode, { action: Action; one: boolean }>> = {
  read: { action: 'r', one: true },
  vread: { action: 'r', one: true },
  'history-instance': { action: 'r', one: true },
  'history-type': { action: 's', one: false },
  'search-type': { action: 's', one: false },
};

/** An interaction that is refused when it is run, where its caller has no right to it. */
export function withRights({ access: { rights } }: FhirRequest, interaction: Interaction): Interaction {
  const needed = actions[interaction.code];
  const { type } = interaction;
  if (rights === undefined || needed === undefined || type === undefined) return interaction;
  return {
    ...interaction,
    async run() {
      rights.check(needed.action, type, needed.one);
      return interaction.run();
    },
  };
}
