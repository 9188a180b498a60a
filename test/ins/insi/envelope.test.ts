import { buildRequest } from '../../../src/ins/insi/envelope.ts';
import { planSearch, searchBody } from '../../../src/ins/insi/search-request.ts';
import { childOf, readXml, textOf, type XmlElement } from '../../../src/ins/insi/xml-reader.ts';
import type { StrictTraits } from '../../../src/ins/traits.ts';
import { traitsOf } from './support.ts';

const soap = 'http://www.w3.org/2003/05/soap-envelope';
const wsa = 'http://www.w3.org/2005/08/addressing';
const lps = 'urn:siram:lps:ctxlps';
const bam = 'urn:siram:bam:ctxbam';

const software = {
  authorisationNumber: 'A&B<1>',
  product: 'passerelle',
  version: '1.2.3',
  instance: 'install-uuid',
  sender: '10B0000000',
};

function plan(traits: StrictTraits) {
  const planned = planSearch(traits);
  if ('failure' in planned) throw new Error(planned.failure.outcome);
  return planned.plan;
}

describe('the envelope of a call', () => {
  let count = 0;
  const runtime = {
    now: () => Date.UTC(2026, 0, 1, 10, 0, 0, 789),
    uuid: () => {
      count += 1;
      return `uuid-${count}`;
    },
  };
  const request = buildRequest('rechercherInsAvecTraitsIdentite', '<x xmlns="urn:x"/>', software, runtime);
  const root = readXml(request.xml);
  const header = childOf(root, soap, 'Header') as XmlElement;

  test('has the header blocks of the contract', () => {
    expect(header.children.map(({ namespace, name }) => `${namespace} ${name}`)).toEqual([
      'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd Security',
      `${lps} ContexteLPS`,
      `${bam} ContexteBAM`,
      `${wsa} MessageID`,
      `${wsa} Action`,
    ]);
  });

  test('says who calls, escaped', () => {
    const context = childOf(header, lps, 'ContexteLPS');
    expect(context?.attributes).toEqual({ Nature: 'CTXLPS', Version: '01_00' });
    expect(context?.children.map(({ name }) => name)).toEqual(['Id', 'Temps', 'Emetteur', 'LPS']);
    expect(textOf(context, lps, 'Temps')).toBe('2026-01-01T10:00:00Z');
    expect(textOf(context, lps, 'Emetteur')).toBe('10B0000000');
    const product = childOf(context, lps, 'LPS');
    expect(product?.children.map(({ name, text }) => `${name}=${text}`)).toEqual([
      'IDAM=A&B<1>',
      'Version=1.2.3',
      'Instance=install-uuid',
      'Nom=urn:lps:passerelle:1.2.3',
    ]);
    expect(childOf(product, lps, 'IDAM')?.attributes).toEqual({ R: '4' });
  });

  test('has an empty coverage, as a search by traits needs', () => {
    const context = childOf(header, bam, 'ContexteBAM');
    expect(context?.attributes).toEqual({ Nature: 'CTXBAM', Version: '01_02' });
    expect(context?.children.map(({ name }) => name)).toEqual(['Id', 'Temps', 'Emetteur', 'COUVERTURE']);
  });

  test('names message, contexts and action, each with an identifier of its own', () => {
    expect(textOf(header, wsa, 'MessageID')).toBe(request.messageId);
    expect(request.messageId).toMatch(/^uuid:uuid-\d$/);
    expect(textOf(header, wsa, 'Action')).toBe(request.action);
    expect(request.action).toBe('urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite');
    expect(count).toBe(3);
  });

  test('carries the body', () => {
    expect(childOf(root, soap, 'Body')?.children.map(({ namespace, name }) => namespace + name)).toEqual([
      'urn:xx',
    ]);
  });
});

describe('a search by traits', () => {
  test('sends one given name, children in the order of the schema, the place when asked', () => {
    const planned = plan(traitsOf("d'Artagnan", 'Pierre-Alain Gunther', 'M', '2001-06-17', '63220'));
    const read = (withPlace: boolean) =>
      readXml(searchBody(planned, 'GUNTHER', withPlace)).children.map(({ name, text }) => `${name}=${text}`);
    const base = ["NomNaissance=D'ARTAGNAN", 'Prenom=GUNTHER', 'Sexe=M', 'DateNaissance=2001-06-17'];
    expect(read(false)).toEqual(base);
    expect(read(true)).toEqual([...base, 'LieuNaissance=63220']);
  });

  test.each([
    ['PIERRE', 'PIERRE', ['PIERRE']],
    ['PIERRE', 'PIERRE PAUL JACQUES', ['PIERRE', 'PAUL', 'JACQUES', 'PIERRE PAUL JACQUES']],
    ['Marie Louise', 'Marie-Louise Anne', ['MARIE LOUISE', 'ANNE', 'MARIE-LOUISE ANNE']],
    ['PAUL', 'PIERRE PAUL', ['PAUL', 'PIERRE', 'PIERRE PAUL']],
    ['PIERRE', 'PIERRE PIERRE', ['PIERRE', 'PIERRE PIERRE']],
  ])('for %j of %j tries %j', (firstGivenName, givenNames, expected) => {
    const traits = { ...traitsOf('X', givenNames, 'M', '2001-06-17'), firstGivenName };
    expect(plan(traits).givenNames).toEqual(expected);
  });

  test('tries ten given names at most, then all together', () => {
    const many = 'A B C D E F G H I J K L';
    expect(plan(traitsOf('X', many, 'M', '2001-06-17')).givenNames).toEqual([...'ABCDEFGHIJ', many]);
  });

  test.each([
    [{ birthName: 'R2D2' }, 'characters', 'birthName'],
    [{ firstGivenName: 'Jean--Luc' }, 'double-hyphen', 'firstGivenName'],
    [{ givenNames: 'Jean, Luc' }, 'characters', 'givenNames'],
    [{ birthDate: '2001' }, 'format', 'birthDate'],
    [{ birthPlace: 'Paris' }, 'format', 'birthPlace'],
  ])('with %j is refused here', (change, reason, trait) => {
    const planned = planSearch({ ...traitsOf('X', 'Y', 'M', '2001-06-17'), ...change });
    expect(planned).toEqual({ failure: { outcome: 'rejected-input', reason, trait } });
  });

  test('takes a lunar date as it is', () => {
    expect(plan(traitsOf('X', 'Y', 'M', '1950-00-00')).birthDate).toBe('1950-00-00');
  });
});
