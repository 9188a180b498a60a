import { readSearchResult, readSoap, type SearchResult } from '../../../src/ins/insi/answer.ts';
import { envelope } from './support.ts';

const ns = 'http://www.cnamts.fr/INSiResultat';

function read(xml: string): SearchResult {
  const content = readSoap(xml);
  return content.kind === 'body' ? readSearchResult(content.element) : { kind: 'malformed' };
}

function individual(content: string): string {
  return envelope(
    `<RESULTAT xmlns="${ns}"><CR><CodeCR>00</CodeCR><LibelleCR>OK</LibelleCR></CR><INDIVIDU>${content}</INDIVIDU></RESULTAT>`,
  );
}

const active =
  '<INSACTIF><IdIndividu><NumIdentifiant>1090763220834</NumIdentifiant><Cle>89</Cle></IdIndividu><OID>1.2.250.1.213.1.4.8</OID></INSACTIF>';
const traits = '<TIQ><NomNaissance>ECETINSI</NomNaissance><ListePrenom>PIERRE-ALAIN</ListePrenom></TIQ>';

describe('an answer of INSi', () => {
  test('is read whatever its prefixes, its default namespace and the order of its elements', () => {
    const xml = `<?xml version="1.0"?>
      <S:Envelope xmlns:S="http://www.w3.org/2003/05/soap-envelope" xmlns:env="http://www.w3.org/2003/05/soap-envelope">
      <env:Header/><env:Body xmlns="http://www.cnamts.fr/INSiRecSans" xmlns:ns2="${ns}">
      <ns2:RESULTAT><ns2:CR><ns2:LibelleCR>OK</ns2:LibelleCR><ns2:CodeCR>00</ns2:CodeCR></ns2:CR>
      <ns2:INDIVIDU><ns2:TIQ><ns2:Sexe>M</ns2:Sexe><ns2:NomNaissance>ECETINSI</ns2:NomNaissance></ns2:TIQ>
      <ns2:INSHISTO><ns2:DateDeb>2019-03-01</ns2:DateDeb><ns2:DateFin>2019-02-28</ns2:DateFin>
      <ns2:OID>1.2.250.1.213.1.4.8</ns2:OID>
      <ns2:IdIndividu><ns2:Cle>39</ns2:Cle><ns2:NumIdentifiant>2090763220834</ns2:NumIdentifiant></ns2:IdIndividu></ns2:INSHISTO>
      <ns2:INSACTIF><ns2:IdIndividu><ns2:NumIdentifiant> 1090763220834 </ns2:NumIdentifiant><ns2:Cle>89</ns2:Cle>
      <ns2:TypeMatricule>NIR</ns2:TypeMatricule></ns2:IdIndividu><ns2:OID>1.2.250.1.213.1.4.8</ns2:OID></ns2:INSACTIF>
      </ns2:INDIVIDU></ns2:RESULTAT></env:Body></S:Envelope>`;
    const oid = '1.2.250.1.213.1.4.8';
    expect(read(xml)).toEqual({
      kind: 'identity',
      code: '00',
      identity: {
        active: { number: '1090763220834', key: '89', keyVerified: true, oid },
        history: [
          {
            number: '2090763220834',
            key: '39',
            keyVerified: true,
            oid,
            start: '2019-03-01',
            end: '2019-02-28',
          },
        ],
        traits: { birthName: 'ECETINSI', sex: 'M' },
      },
    });
  });

  test('may lack everything but the active INS and the traits', () => {
    expect(read(individual(`${active}<TIQ/>`))).toMatchObject({ identity: { history: [], traits: {} } });
  });

  test.each([
    ['<Cle>60</Cle>', '60', false],
    ['', '76', true],
    ['<Cle></Cle>', '76', true],
  ])('with the key %j keeps it, and says if it is right', (keyElement, key, keyVerified) => {
    const ins = `<INSACTIF><IdIndividu><NumIdentifiant>1810363220456</NumIdentifiant>${keyElement}</IdIndividu><OID>1.2.250.1.213.1.4.8</OID></INSACTIF>`;
    expect(read(individual(ins + traits))).toMatchObject({ identity: { active: { key, keyVerified } } });
  });

  test('a former number that is no INS is left out', () => {
    const former = (oid: string) =>
      `<INSHISTO><IdIndividu><NumIdentifiant>2090763220834</NumIdentifiant></IdIndividu><OID>${oid}</OID></INSHISTO>`;
    const history = ['1.2.250.1.213.1.4.9', '1.2.250.1.213.1.4.2', '1.2.3'].map(former).join('');
    expect(read(individual(active + history + traits))).toMatchObject({
      identity: { history: [{ number: '2090763220834', oid: '1.2.250.1.213.1.4.9' }] },
    });
  });

  test('a lunar birth date stays as it is', () => {
    const lunar = '<TIQ><DateNaissance>1950-00-00</DateNaissance></TIQ>';
    expect(read(individual(active + lunar))).toMatchObject({
      identity: { traits: { birthDate: '1950-00-00' } },
    });
  });

  test.each(['01', '02', '03', '99'])('code %s goes without identity', (code) => {
    const xml = envelope(`<RESULTAT xmlns="${ns}"><CR><CodeCR>${code}</CodeCR></CR></RESULTAT>`);
    expect(read(xml)).toEqual({ kind: 'code', code });
  });

  test.each([
    [
      'code 00 without individual',
      envelope(`<RESULTAT xmlns="${ns}"><CR><CodeCR>00</CodeCR></CR></RESULTAT>`),
    ],
    ['no code', envelope(`<RESULTAT xmlns="${ns}"><CR/></RESULTAT>`)],
    [
      'a code that is text',
      envelope(`<RESULTAT xmlns="${ns}"><CR><CodeCR>DUPONT Zoe</CodeCR></CR></RESULTAT>`),
    ],
    [
      'a result of another namespace',
      envelope('<RESULTAT xmlns="urn:x"><CR><CodeCR>01</CodeCR></CR></RESULTAT>'),
    ],
    ['no active INS', individual(traits)],
    ['no traits', individual(active)],
    ['no OID', individual(active.replace(/<OID>.*<\/OID>/, '') + traits)],
    ['a number that is none', individual(active.replace('1090763220834', '109076322083') + traits)],
    ['an empty body', envelope('')],
    ['another document', '<html><body>Service</body></html>'],
    [
      'SOAP 1.1',
      envelope('').replace(
        'http://www.w3.org/2003/05/soap-envelope',
        'http://schemas.xmlsoap.org/soap/envelope/',
      ),
    ],
  ])('with %s is malformed', (_, xml) => {
    expect(read(xml)).toEqual({ kind: 'malformed' });
  });

  test('a fault gives its subcode and code, never its wording', () => {
    const fault = (value: string, code: string) =>
      envelope(
        `<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>${value}</s:Value></s:Subcode></s:Code>
        <s:Reason><s:Text xml:lang="en">DUPONT introuvable</s:Text></s:Reason>
        <s:Detail><siram:Erreur xmlns:siram="urn:siram" code="${code}" severite="fatal">DUPONT</siram:Erreur></s:Detail></s:Fault>`,
      );
    const expected = { kind: 'fault', fault: { subcode: 'siram_40', code: 'insi_102' } };
    expect(readSoap(fault('S:siram_40', 'insi_102'))).toEqual(expected);
    expect(readSoap(fault('siram_40', 'insi_102'))).toEqual(expected);
    expect(readSoap(fault('s:DUPONT ZOE', '2751263220749 74'))).toEqual({ kind: 'fault', fault: {} });
    expect(readSoap(envelope('<s:Fault/>'))).toEqual({ kind: 'fault', fault: {} });
  });
});
