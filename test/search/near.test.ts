import type { Resource } from '../../src/fhir/resource.ts';
import { finds, parse } from '../support/search.ts';

const paris: Resource = {
  resourceType: 'Location',
  id: 'paris',
  position: { latitude: 48.8566, longitude: 2.3522 },
};
const role: Resource = { resourceType: 'PractitionerRole', location: [{ reference: 'Location/paris' }] };

test.each([
  ['48.8606|2.3376', true],
  ['48.8606|2.3376|1|km', false],
  ['48.8606|2.3376|2|km', true],
  ['48.8606|2.3376|2', true],
  ['48.8606|2.3376|1150|m', false],
  ['48.8606|2.3376|1160|m', true],
  ['48.8606|2.3376|1|[mi_us]', true],
  ['45.764|4.8357|391|km', false],
  ['45.764|4.8357|393|km', true],
  ['-48.8566|-177.6478|20000|km', false],
  ['0|0|1,48.85|2.35|5', true],
])('near=%s is %s', (near, expected) => {
  expect(finds(`Location?near=${near}`, paris)).toBe(expected);
});

test('a location without position is near nothing, and a chain may end in near', () => {
  expect(finds('Location?near=0|0|30000', { resourceType: 'Location' })).toBe(false);
  expect(finds('PractitionerRole?location.near=48.85|2.35|5', role, [paris])).toBe(true);
  expect(finds('PractitionerRole?location.near=45|2.35|5', role, [paris])).toBe(false);
});

test.each(['48', '48|x', '91|0', '0|181', '1|1|-1', '1|1|x', '1|1|1|kg', '1|1|1|km|1'])(
  'near=%s is refused',
  (near) => {
    expect(() => parse(`Location?near=${near}`)).toThrow(/near is malformed/);
  },
);
