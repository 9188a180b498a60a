import type { ElementDefinition, ElementDefinitionConstraint } from 'fhir/r4.d.ts';
import { canonical } from './canonicals.ts';
import type { ElementSource, InvariantSource } from './source.ts';

/**
 * The elements of a differential, in the order in which they are added. What a slice needs before it is added too:
 * the slicing of extensions by their URL, and the slices that an element lies in.
 */
export class Differential {
  readonly elements: ElementDefinition[] = [];
  readonly #type: string;
  readonly #ids = new Set<string>();

  constructor(root: ElementDefinition) {
    this.#type = root.path;
    this.#push(root);
  }

  /** @param key the id of the element without the type: `identifier:PI.use` */
  add(key: string, source: ElementSource): void {
    const segments = key.split('.');
    segments.forEach((segment, index) => {
      const parent = segments.slice(0, index);
      if (segment.startsWith('extension:') && !this.#has([...parent, 'extension'])) {
        this.#push({ ...this.#place([...parent, 'extension']), ...slicingOf('value:url', 'open') });
      }
      const upTo = [...parent, segment];
      const isLast = index === segments.length - 1;
      if (!isLast && segment.includes(':') && !this.#has(upTo)) this.#push(this.#place(upTo));
    });
    this.#push({ ...this.#place(segments), ...rulesOf(source) });
  }

  #has(segments: readonly string[]): boolean {
    return this.#ids.has([this.#type, ...segments].join('.'));
  }

  #place(segments: readonly string[]): ElementDefinition {
    const slice = segments.at(-1)?.split(':')[1];
    return {
      id: [this.#type, ...segments].join('.'),
      path: [this.#type, ...segments.map((segment) => segment.split(':')[0])].join('.'),
      ...(slice === undefined ? {} : { sliceName: slice }),
    };
  }

  /** @throws Error when the element is there already */
  #push(element: ElementDefinition): void {
    const { id = element.path } = element;
    if (this.#ids.has(id)) throw new Error(`the differential has ${id} twice`);
    this.#ids.add(id);
    this.elements.push(element);
  }
}

/** The constraints of a definition, as its root element holds them. */
export function constraintsOf(
  invariants: readonly InvariantSource[] | undefined,
  source: string,
): { constraint?: ElementDefinitionConstraint[] } {
  if (invariants === undefined) return {};
  return {
    constraint: invariants.map(({ key, severity, human, expression }) => ({
      key,
      severity,
      human,
      expression,
      source,
    })),
  };
}

function rulesOf(source: ElementSource): Partial<ElementDefinition> {
  const [min, max] = source.card?.split('..') ?? [];
  return {
    ...(source.slicing === undefined ? {} : slicingOf(source.slicing, source.rules ?? 'open')),
    ...(source.short === undefined ? {} : { short: source.short }),
    ...(min === undefined ? {} : { min: Number(min) }),
    ...(max === undefined ? {} : { max }),
    ...typeOf(source),
    ...fixedOrPatternOf(source),
    ...(source.mustSupport === undefined ? {} : { mustSupport: source.mustSupport }),
    ...(source.binding === undefined ? {} : bindingOf(source.binding)),
  };
}

function slicingOf(discriminators: string, rules: 'open' | 'closed'): Pick<ElementDefinition, 'slicing'> {
  return {
    slicing: {
      discriminator: discriminators.split(', ').map((discriminator) => {
        const colon = discriminator.indexOf(':');
        return {
          type: discriminator.slice(0, colon) as 'value' | 'pattern' | 'type',
          path: discriminator.slice(colon + 1),
        };
      }),
      rules,
    },
  };
}

function typeOf({ type, profile, targets, extension }: ElementSource): Pick<ElementDefinition, 'type'> {
  if (extension !== undefined) return { type: [{ code: 'Extension', profile: [canonical(extension)] }] };
  if (targets !== undefined) return { type: [{ code: 'Reference', targetProfile: targets.map(canonical) }] };
  if (type === undefined) return {};
  return { type: [{ code: type, ...(profile === undefined ? {} : { profile: [canonical(profile)] }) }] };
}

function fixedOrPatternOf(source: ElementSource): Partial<ElementDefinition> {
  const entries = Object.entries(source).filter(([name]) => /^(fixed|pattern)[A-Z]/.test(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      name.endsWith('CodeableConcept') ? concept(value) : canonical(value),
    ]),
  );
}

/** @param text `tho:v2-0203#NH` */
function concept(text: string): ElementDefinition['patternCodeableConcept'] {
  const [system = '', code = ''] = text.split('#');
  return { coding: [{ system: canonical(system), code }] };
}

function bindingOf(text: string): Pick<ElementDefinition, 'binding'> {
  const [strength, valueSet = ''] = text.split(' ');
  return {
    binding: {
      strength: strength as 'required' | 'extensible' | 'preferred' | 'example',
      valueSet: canonical(valueSet),
    },
  };
}
