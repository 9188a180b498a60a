import type { ElementDefinition, StructureDefinition, StructureDefinitionContext } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../../fhir/canonical.ts';
import { compileExpression } from '../../fhir/fhirpath/compile-expression.ts';
import { FhirPathError } from '../../fhir/fhirpath/error.ts';
import { withoutVersion } from '../../fhir/reference.ts';
import { isAbsoluteUri } from '../absolute-uri.ts';
import { isObject } from '../objects.ts';
import type { DefinitionLibrary } from './definition-library.ts';
import type { Occurrence } from './occurrences.ts';
import type { Place } from './place.ts';
import type { CompiledProfile, ProfileCompiler } from './profile-compiler.ts';
import type { RuleContext } from './rule-context.ts';

/** Elements of other versions of FHIR as extensions (versions.html#extensions). */
const ofOtherVersion = /^http:\/\/hl7\.org\/fhir\/[0-9.]+\/StructureDefinition\/extension-/;

/** Where resources of R4 itself have extensions beside the contexts of their definitions. */
const furtherContexts: Readonly<Record<string, readonly string[]>> = {
  'http://hl7.org/fhir/StructureDefinition/regex': ['ElementDefinition.type'],
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version': [
    'CanonicalResource',
    'ElementDefinition',
  ],
  'http://hl7.org/fhir/StructureDefinition/valueset-concept-comments': ['CodeSystem.concept'],
};

interface KnownExtension {
  profile: CompiledProfile;
  definition: StructureDefinition;
  contexts: readonly StructureDefinitionContext[];
  isModifier: boolean;
  /** URLs of the extensions within it; undefined where its slices say that there are no others. */
  parts: ReadonlySet<string> | undefined;
  /** By element, or type of resource: whether the definition allows the extension there wherever it stands. */
  holders: Map<Place | string, boolean>;
  /** By the whole way to the element: whether the definition allows the extension there. */
  allowed: Map<string, boolean>;
}

/**
 * Checks extensions by the definitions that their URLs name: where they may stand, whether they are modifiers, what they
 * hold (extensibility.html, defining-extensions.html#context).
 */
export class ExtensionRules {
  readonly #library: DefinitionLibrary;
  readonly #profiles: ProfileCompiler;
  readonly #known = new Map<string, KnownExtension | undefined>();

  constructor(library: DefinitionLibrary, profiles: ProfileCompiler) {
    this.#library = library;
    this.#profiles = profiles;
  }

  /** Checks the extension at the current place. */
  check(occurrence: Occurrence, isModifier: boolean, context: RuleContext): void {
    const { value } = occurrence;
    if (!isObject(value) || typeof value['url'] !== 'string') return;
    const { url } = value;
    const known = this.#definition(url);
    if (known === undefined) {
      this.#checkUndefined(url, isModifier, context);
      return;
    }
    const { profile } = known;
    if (known.isModifier !== isModifier) {
      const diagnostics = known.isModifier
        ? 'This extension modifies its element: it must be a modifierExtension'
        : 'This extension is no modifier: it must not be a modifierExtension';
      context.report({ severity: 'error', code: 'extension', diagnostics, profile: profile.url });
    }
    if (!this.#isAllowed(known, context)) {
      const diagnostics = `The definition of the extension does not allow it here, but on ${contextNames(known)}`;
      context.report({ severity: 'error', code: 'extension', diagnostics, profile: profile.url });
    }
    for (const condition of known.definition.contextInvariant ?? []) {
      if (this.#holds(condition, context)) continue;
      const diagnostics = `The extension does not meet the condition of its definition: ${condition}`;
      context.report({ severity: 'error', code: 'extension', diagnostics, profile: profile.url });
    }
    profile.check(occurrence, context);
  }

  /** Whether a condition on the element that holds the extension is met; one that cannot be evaluated is. */
  #holds(condition: string, { places, frame, holder }: RuleContext): boolean {
    const place = places.at(-2);
    const [type = ''] = place?.types ?? [frame.resource.resourceType];
    // What a primitive has beside its value is not the element.
    if (this.#library.isPrimitive(type)) return true;
    const start = place !== undefined && ['BackboneElement', 'Element'].includes(type) ? place.path : type;
    try {
      const compiled = compileExpression(condition, start, this.#library.types);
      return compiled.test({ value: holder }, frame.environment);
    } catch (error) {
      if (error instanceof FhirPathError) return true;
      throw error;
    }
  }

  /** Checks an extension whose URL names no definition: a part of another one, or one that is not known. */
  #checkUndefined(url: string, isModifier: boolean, context: RuleContext): void {
    if (isAbsoluteUri(url)) {
      if (!isModifier || ofOtherVersion.test(url)) return;
      const diagnostics = 'The definition of this modifier extension is not known: it was not checked';
      context.report({ severity: 'warning', code: 'extension', diagnostics });
    } else if (context.places.at(-2)?.types.includes('Extension')) {
      this.#checkPart(url, context);
    } else {
      const diagnostics = 'The URL of an extension is absolute';
      context.report({ severity: 'error', code: 'value', diagnostics }, 'url');
    }
  }

  /** The outer definition names the parts of an extension. */
  #checkPart(url: string, context: RuleContext): void {
    const outer = context.extensionUrls.at(-1);
    const parts = typeof outer === 'string' ? this.#definition(outer)?.parts : undefined;
    if (parts === undefined || parts.size === 0 || parts.has(url)) return;
    const diagnostics = 'The definition of the extension has no such part';
    context.report({ severity: 'error', code: 'extension', diagnostics }, 'url');
  }

  /** The definition of an absolute URL. */
  #definition(url: string): KnownExtension | undefined {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    if (isAbsoluteUri(url) && !this.#known.has(url)) {
      const profile = this.#profiles.profile(url);
      const definition = this.#library.conformance.structureDefinition(url)?.definition;
      const isKnown = profile?.type === 'Extension' && definition !== undefined;
      const isModifier = definition?.snapshot?.element[0]?.isModifier === true;
      const parts = partsOf(definition?.snapshot?.element ?? []);
      const contexts = isKnown ? contextsOf(definition) : [];
      this.#remember(
        url,
        isKnown
          ? { profile, definition, contexts, isModifier, parts, holders: new Map(), allowed: new Map() }
          : undefined,
      );
    }
    return this.#known.get(url);
  }

  /** URLs come from documents: what is remembered of them has a limit. */
  #remember(url: string, known: KnownExtension | undefined): void {
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.set(url, known);
  }

  #isAllowed(known: KnownExtension, context: RuleContext): boolean {
    const { definition, contexts, holders } = known;
    if (contexts.length === 0) return true;
    const { places, frame } = context;
    const { resourceType } = frame.resource;
    const holder = places.at(-2) ?? resourceType;
    let isAllowed = holders.get(holder);
    if (isAllowed === undefined) {
      // What stands around the element gives it further names only.
      const names = typeof holder === 'string' ? this.#namesOf([], holder) : this.#namesOf([holder], '');
      isAllowed = isNamedByAny(contexts, names, definition);
      holders.set(holder, isAllowed);
    }
    return isAllowed || this.#isAllowedOnWay(known, context);
  }

  /** Whether the definition allows the extension on the element with all that stands around it. */
  #isAllowedOnWay({ definition, contexts, allowed }: KnownExtension, context: RuleContext): boolean {
    const { places, frame } = context;
    const { resourceType } = frame.resource;
    let key = resourceType;
    for (let index = 0; index < places.length - 1; index++)
      key += `|${places[index]?.path}|${places[index]?.types[0]}`;
    const known = allowed.get(key);
    if (known !== undefined) return known;
    const candidates = this.#namesOf(places.slice(0, -1), resourceType);
    const holds = contexts.some(({ type, expression }) => {
      switch (type) {
        case 'element':
          return isNamed(candidates, expression, isOfR4(definition));
        case 'extension':
          return (
            places.at(-2)?.types.includes('Extension') === true && context.extensionUrls.at(-1) === expression
          );
        default:
          return this.#isSelected(expression, resourceType, context);
      }
    });
    const isOfPlace = contexts.every(({ type }) => type === 'element');
    if (isOfPlace && allowed.size < 10_000) allowed.set(key, holds);
    return holds;
  }

  /** Everything that definitions call the element that holds the extension. */
  #namesOf(places: readonly Place[], resourceType: string): ReadonlySet<string> {
    const names = new Set<string>();
    const holder = places.at(-1);
    const types = holder === undefined ? [resourceType] : holder.types;
    for (const type of types) for (const name of this.#library.ancestry(type)) names.add(name);
    if (holder === undefined) {
      if (this.#library.typeRoot(resourceType)?.children.has('url')) {
        names.add('CanonicalResource').add('MetadataResource');
      }
      return names;
    }
    let suffix = '';
    for (const place of [...places].reverse()) {
      names.add(place.path + suffix);
      suffix = place.path.slice(place.path.lastIndexOf('.')) + suffix;
    }
    names.add(resourceType + suffix);
    return names;
  }

  /** Whether a FHIRPath context leads to the resource or to the element that holds the extension. */
  #isSelected(expression: string, resourceType: string, context: RuleContext): boolean {
    const { environment, resource } = context.frame;
    try {
      const compiled = compileExpression(expression, resourceType, this.#library.types);
      return compiled.evaluate({ value: resource }, environment).length > 0;
    } catch (error) {
      if (error instanceof FhirPathError) return true;
      throw error;
    }
  }
}

function partsOf(elements: readonly ElementDefinition[]): ReadonlySet<string> | undefined {
  const isClosed = elements.some(
    ({ path, slicing }) => path === 'Extension.extension' && slicing?.rules === 'closed',
  );
  return isClosed ? undefined : new Set(elements.flatMap(partUrl));
}

/** The URL that an element fixes for a part of an extension. */
function partUrl({ path, fixedUri, patternUri }: ElementDefinition): string[] {
  const url = path === 'Extension.extension.url' ? (fixedUri ?? patternUri) : undefined;
  return url === undefined ? [] : [url];
}

function isOfR4({ url }: StructureDefinition): boolean {
  return url.startsWith(structureDefinitionsOfR4);
}

/**
 * Whether a context names the element. Definitions of R4 name primitives within an element for which the extension is meant,
 * such as `ElementDefinition.type.code` for one of `ElementDefinition.type`: both are taken.
 */
function isNamed(names: ReadonlySet<string>, expression: string, isLoose: boolean): boolean {
  const [path = ''] = expression.replaceAll('[x]', '').split('#');
  if (names.has(path) || path === 'Element' || path === '*') return true;
  if (
    isLoose &&
    path.includes('.') &&
    names.has(path.slice(0, path.lastIndexOf('.'))) &&
    path.split('.').length > 2
  )
    return true;
  return names.has(withoutVersion(path).replace(/^http:\/\/hl7\.org\/fhir\/StructureDefinition\//, ''));
}

function isNamedByAny(
  contexts: readonly StructureDefinitionContext[],
  names: ReadonlySet<string>,
  definition: StructureDefinition,
): boolean {
  const isLoose = isOfR4(definition);
  return contexts.some(({ type, expression }) => type === 'element' && isNamed(names, expression, isLoose));
}

/** The contexts of a definition; none where it may stand anywhere. */
function contextsOf({ url, context = [] }: StructureDefinition): readonly StructureDefinitionContext[] {
  const further = (furtherContexts[url] ?? []).map((expression) => ({
    type: 'element' as const,
    expression,
  }));
  return context.length === 0 ? [] : [...context, ...further];
}

function contextNames({ contexts }: KnownExtension): string {
  return contexts.map(({ expression }) => expression).join(', ');
}
