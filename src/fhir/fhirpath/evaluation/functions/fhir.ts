import type { Call, FunctionRule } from '../call.ts';
import { narrativeProblem } from '../narrative.ts';
import { childHolder, Node, nothing } from '../node.ts';
import { memberPlan, singleReader } from '../paths.ts';
import { collectionPlan, type Plan, singlePlan, truthPlan } from '../plan.ts';
import { temporal } from '../temporal.ts';
import { type SystemType, system } from '../types.ts';
import { singleNode, singleText } from '../values.ts';
import { eachNode } from './each.ts';

/** What a question to the environment is taken to cost. */
const questionSteps = 100;

/** `extension(url)` is short for `extension.where(url = …)`. */
function extensionPlan(call: Call): Plan {
  const { operand } = call;
  const extensions = memberPlan(operand, 'extension');
  if (extensions === undefined) throw call.error('extension() of what has none');
  const url = call.parameter(0);
  return collectionPlan(extensions.types, (focus, scope) => {
    const holders = operand.nodes(focus, scope);
    const type = scope.types.named('Extension');
    if (holders.length === 0 || type === undefined) return nothing;
    const wanted = singleText(url.nodes(focus, scope), scope);
    if (wanted === undefined) return nothing;
    let found: Node[] | undefined;
    for (const holder of holders) {
      const all = childHolder(holder)?.['extension'];
      if (!Array.isArray(all)) continue;
      scope.spend(all.length);
      for (const extension of all as unknown[]) {
        if ((extension as { url?: unknown } | null)?.url !== wanted) continue;
        found ??= [];
        found.push(new Node(extension, undefined, type));
      }
    }
    return found ?? nothing;
  });
}

/** Whether there is one primitive and it has a value, not extensions alone. */
function hasValuePlan({ operand }: Call): Plan {
  const read = singleReader(operand.path, (type) => type.system !== undefined);
  if (read !== undefined) return truthPlan((focus) => (read(focus) ?? undefined) !== undefined);
  return truthPlan((focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    const [node] = nodes;
    return (
      node !== undefined && nodes.length === 1 && node.type.system !== undefined && node.value !== undefined
    );
  });
}

function getValuePlan({ operand }: Call): Plan {
  return collectionPlan(operand.types, (focus, scope) => {
    const node = singleNode(operand.nodes(focus, scope), scope);
    return node?.type.system === undefined || node.value === undefined ? nothing : [node];
  });
}

/** The resources that references lead to, as far as the environment has them: nothing is fetched. */
function resolvePlan({ operand }: Call): Plan {
  return collectionPlan(undefined, (focus, scope) => {
    const found: Node[] = [];
    eachNode(operand.nodes(focus, scope), scope, ({ value }) => {
      scope.spend(questionSteps);
      const reference =
        typeof value === 'string' ? value : (value as { reference?: unknown } | undefined)?.reference;
      const resource = typeof reference === 'string' ? scope.environment.resolve?.(reference) : undefined;
      if (typeof resource === 'object' && resource !== null) {
        found.push(new Node(resource, undefined, scope.types.ofResource(resource)));
      }
    });
    return found;
  });
}

/** A question that the environment answers about one value. */
function question(name: 'memberOf' | 'conformsTo'): FunctionRule {
  const plan = (call: Call): Plan => {
    const { operand } = call;
    const canonical = call.parameter(0);
    return truthPlan((focus, scope) => {
      const node = singleNode(operand.nodes(focus, scope), scope);
      const asked = singleText(canonical.nodes(focus, scope), scope);
      scope.spend(questionSteps);
      return node === undefined || asked === undefined
        ? undefined
        : scope.environment[name]?.(node.value, asked);
    });
  };
  return { least: 1, most: 1, plan };
}

/** Whether a narrative is free of a problem. */
function htmlChecksPlan(problem: 'form' | 'empty'): FunctionRule['plan'] {
  return ({ operand }) =>
    truthPlan((focus, scope) => {
      const html = singleNode(operand.nodes(focus, scope), scope)?.value;
      if (html === undefined) return undefined;
      if (typeof html !== 'string') return false;
      // Two constraints ask of the same text.
      const found = scope.rememberedOf(html, narrativeProblem, () => {
        scope.spend(html.length >> 4);
        return narrativeProblem(html);
      });
      return found !== problem;
    });
}

/** The present, to the precision of a type. */
function present(
  type: SystemType & ('Date' | 'DateTime' | 'Time'),
  textOf: (iso: string) => string,
): FunctionRule {
  const plan = () =>
    singlePlan(
      system[type],
      () => new Node(temporal(textOf(new Date().toISOString())), undefined, system[type]),
    );
  return { least: 0, most: 0, plan };
}

/** FHIR R4 fhirpath.html#functions; FHIRPath N1, current date and time */
export const fhirFunctions = {
  extension: { least: 1, most: 1, plan: extensionPlan },
  hasValue: { least: 0, most: 0, plan: hasValuePlan },
  getValue: { least: 0, most: 0, plan: getValuePlan },
  resolve: { least: 0, most: 0, plan: resolvePlan },
  memberOf: question('memberOf'),
  conformsTo: question('conformsTo'),
  htmlChecks: { least: 0, most: 0, plan: htmlChecksPlan('form') },
  htmlChecks2: { least: 0, most: 0, plan: htmlChecksPlan('empty') },
  today: present('Date', (iso) => iso.slice(0, 10)),
  now: present('DateTime', (iso) => iso),
  timeOfDay: present('Time', (iso) => iso.slice(11, 23)),
} satisfies Record<string, FunctionRule>;
