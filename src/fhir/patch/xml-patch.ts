import { FhirError, fhirError } from '../error.ts';
import type { Resource } from '../resource.ts';
import { readXml } from '../xml/read.ts';
import { fhirNamespace } from '../xml/structure.ts';
import { writeXml } from '../xml/write.ts';
import { parseXmlDocument, writeXmlDocument, type XmlElement } from './xml-document.ts';
import { type Found, parseSelector, type Selector, select } from './xml-selector.ts';

/**
 * Applies an XML Patch (RFC 5261) to the XML form of a resource: all of its operations, in order, or none.
 * @throws FhirError whose expression is `diff[index of the operation]`: 400 on a patch or selector that is malformed,
 *   422 where a selector does not find one place or the result is no resource
 */
export function applyXmlPatch(resource: Resource, patch: string): Resource {
  const root = parseXmlDocument(writeXml(resource));
  elementsOf(readPatch(patch)).forEach((operation, index) => {
    try {
      apply(root, operation);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      const diagnostics = `Operation ${index} of the XML Patch: ${error.message}`;
      throw fhirError(error.status, error.issues[0]!.code, diagnostics, `diff[${index}]`);
    }
  });
  try {
    return readXml(Buffer.from(writeXmlDocument(root, fhirNamespace)));
  } catch (error) {
    // The document is that of the patch's making: the place within it means nothing to the caller.
    const expression = error instanceof FhirError ? error.issues[0]!.expression : resource.resourceType;
    throw fhirError(422, 'processing', 'The patch leaves what is no FHIR resource', expression);
  }
}

function readPatch(text: string): XmlElement {
  let root: XmlElement;
  try {
    root = parseXmlDocument(text.replace(/^\ufeff/, ''));
  } catch {
    throw fhirError(400, 'structure', 'The XML Patch is not well-formed');
  }
  if (root.name !== 'diff') throw fhirError(400, 'structure', 'An XML Patch is a diff element');
  return root;
}

function apply(root: XmlElement, operation: XmlElement): void {
  const selector = parseSelector(operation.attributes.get('sel') ?? '');
  if (selector === undefined) throw fhirError(400, 'value', 'sel is not a selector that a patch may use');
  const found = only(select(root, selector));
  switch (operation.name) {
    case 'add':
      add(found, selector, operation);
      return;
    case 'replace':
      replace(found, selector, operation);
      return;
    case 'remove':
      remove(found, selector);
      return;
    default:
      throw fhirError(400, 'value', 'an operation must be one of add, replace, remove');
  }
}

function add({ element, parent }: Found, selector: Selector, operation: XmlElement): void {
  const type = operation.attributes.get('type');
  if (selector.attribute !== undefined) throw fhirError(400, 'value', 'sel of an add selects an element');
  if (type !== undefined) {
    const name = /^@([A-Za-z]\w*)$/.exec(type)?.[1];
    if (name === undefined) throw fhirError(400, 'value', 'type must be @ and the name of an attribute');
    if (element.attributes.has(name)) throw refusal('the attribute is there already');
    element.attributes.set(name, operation.text);
    return;
  }
  const position = operation.attributes.get('pos');
  if (position === undefined) element.children.push(...operation.children);
  else if (position === 'prepend') element.children.unshift(...operation.children);
  else if (position !== 'before' && position !== 'after') {
    throw fhirError(400, 'value', 'pos must be one of prepend, before, after');
  } else {
    if (parent === undefined) throw refusal('nothing can stand beside the resource');
    const index = parent.children.indexOf(element) + (position === 'after' ? 1 : 0);
    parent.children.splice(index, 0, ...operation.children);
  }
}

function replace({ element, parent }: Found, { attribute }: Selector, operation: XmlElement): void {
  if (attribute !== undefined) {
    if (!element.attributes.has(attribute)) throw refusal('the selector finds nothing');
    element.attributes.set(attribute, operation.text);
    return;
  }
  if (parent === undefined) throw refusal('the resource itself is replaced by an update');
  const [replacement, another] = operation.children;
  if (replacement === undefined || another !== undefined) {
    throw fhirError(400, 'structure', 'a replace of an element holds one element');
  }
  parent.children[parent.children.indexOf(element)] = replacement;
}

function remove({ element, parent }: Found, { attribute }: Selector): void {
  if (attribute !== undefined) {
    if (!element.attributes.delete(attribute)) throw refusal('the selector finds nothing');
    return;
  }
  if (parent === undefined) throw refusal('the whole resource cannot be removed');
  parent.children.splice(parent.children.indexOf(element), 1);
}

function only([found, another]: readonly Found[]): Found {
  if (found === undefined) throw refusal('the selector finds nothing');
  if (another !== undefined) throw refusal('the selector finds several elements');
  return found;
}

function elementsOf({ children }: XmlElement): XmlElement[] {
  return children.filter((child) => 'name' in child);
}

function refusal(problem: string): FhirError {
  return fhirError(422, 'processing', problem);
}
