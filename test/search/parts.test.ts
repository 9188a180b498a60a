import { extract, finds, parameters, parse } from '../support/search.ts';

const patient = {
  resourceType: 'Patient',
  name: [{ family: 'Lefèvre', given: ['Anne'], prefix: ['Dr'] }],
  telecom: [
    { system: 'phone', value: '01' },
    { system: 'fax', value: '02' },
  ],
  address: [{ city: 'Lyon', line: ['1 rue Haute'] }],
};

describe('a value that several parameters have', () => {
  test.each([
    ['Patient', 'name', ['family', 'given']],
    ['Patient', 'phonetic', ['family', 'given', 'name']],
    ['Patient', 'telecom', ['email', 'phone']],
    ['Patient', 'address', ['address-city', 'address-country', 'address-postalcode', 'address-state']],
    ['Observation', 'combo-code', ['code', 'component-code']],
    ['Observation', 'combo-value-quantity', ['component-value-quantity', 'value-quantity']],
    ['Observation', 'combo-value-concept', ['component-value-concept', 'value-concept']],
    ['Observation', 'combo-code-value-quantity', ['code-value-quantity', 'component-code-value-quantity']],
    ['Observation', 'component-code-value-quantity', []],
    ['Patient', 'family', []],
    ['Patient', 'identifier', []],
    ['Observation', 'code', []],
  ])('%s?%s has the parts %j', (type, code, parts) => {
    expect(parameters.get(type, code)?.parts).toEqual(parts);
  });

  test('is indexed under the part alone', () => {
    const { string, token } = extract(patient);
    const under = (values: { parameter: string }[], code: string) =>
      values.filter(({ parameter }) => parameter === code).length;
    expect(under(string, 'family')).toBe(1);
    expect(under(string, 'name')).toBe(1);
    expect(under(string, 'phonetic')).toBe(0);
    expect(under(token, 'telecom')).toBe(1);
  });

  test.each([
    ['Patient?name=lef', true],
    ['Patient?name=anne', true],
    ['Patient?name=dr', true],
    ['Patient?phonetic=dr', true],
    ['Patient?name:exact=Lefèvre', true],
    ['Patient?name:contains=fevr', true],
    ['Patient?name=dupont', false],
    ['Patient?telecom=01', true],
    ['Patient?telecom=02', true],
    ['Patient?telecom=03', false],
    ['Patient?telecom:not=01', false],
    ['Patient?address=lyon', true],
    ['Patient?address=1 rue', true],
    ['Patient?name:missing=false', true],
    ['Patient?name:missing=true', false],
    ['Patient?telecom:missing=true', false],
  ])('is found by the whole: %s is %s', (url, found) => {
    expect(finds(url, patient)).toBe(found);
  });

  test('is missing only where no part has one', () => {
    const nameless = { resourceType: 'Patient' };
    expect(finds('Patient?name:missing=true', nameless)).toBe(true);
    expect(finds('Patient?name:missing=false', nameless)).toBe(false);
  });

  test('counts in a sort by the whole', () => {
    expect(parse('Patient?_sort=-name').sort).toEqual([
      { parameter: 'name', family: 'string', descending: true, parts: ['family', 'given'] },
    ]);
  });
});
