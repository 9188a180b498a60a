import type { Patient } from 'fhir/r4.d.ts';
import { insOids, insTypeOf } from '../../src/fhir/ins-oids.ts';
import { insIdentifier, isIns, officialIns, oidOfSystem, systemOfOid } from '../../src/ins/ins-identifier.ts';

describe('the identifier of an INS', () => {
  test.each([
    ['INS-NIR', '1.2.250.1.213.1.4.8'],
    ['INS-NIA', '1.2.250.1.213.1.4.9'],
    ['INS-NIR-TEST', '1.2.250.1.213.1.4.10'],
    ['INS-NIR-DEMO', '1.2.250.1.213.1.4.11'],
    ['INS-C', '1.2.250.1.213.1.4.2'],
  ] as const)('%s is OID %s, bare or as URN', (type, oid) => {
    expect(insOids[type]).toBe(oid);
    expect(insTypeOf(oid)).toBe(type);
    expect(insTypeOf(systemOfOid(oid))).toBe(type);
    expect(oidOfSystem(systemOfOid(oid))).toBe(oid);
  });

  test.each([
    '1.2.250.1.213.1.4.13',
    'urn:oid:1.2.250.1.213.1.4.80',
    'https://rpps.esante.gouv.fr',
    '',
    'toString',
  ])('%s denotes no INS', (system) => {
    expect(insTypeOf(system)).toBeUndefined();
  });

  test('a system that is not an OID has none', () => {
    expect(oidOfSystem('https://rpps.esante.gouv.fr')).toBeUndefined();
  });

  test('is written as FR Core asks, with its period when INSi gave one', () => {
    expect(insIdentifier('275126322074974', 'INS-NIR-TEST', 'official')).toEqual({
      use: 'official',
      type: {
        coding: [
          {
            system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203',
            code: 'INS-NIR-TEST',
          },
        ],
      },
      system: 'urn:oid:1.2.250.1.213.1.4.10',
      value: '275126322074974',
    });
    const period = { start: '2019-03-01', end: '2019-02-28' };
    expect(insIdentifier('209076322083439', 'INS-NIR', 'old', period)).toMatchObject({ use: 'old', period });
  });

  test('its OID decides, not its label', () => {
    const labelledNir = {
      type: { coding: [{ code: 'INS-NIR' }] },
      system: 'urn:oid:1.2.250.1.213.1.4.13',
    };
    expect(isIns(labelledNir)).toBe(false);
    expect(
      isIns({
        type: { text: 'anything' },
        system: 'urn:oid:1.2.250.1.213.1.4.9',
      }),
    ).toBe(true);
    expect(isIns({ system: 'urn:oid:1.2.250.1.213.1.4.2' })).toBe(false);
    expect(isIns({})).toBe(false);
  });

  test('the INS in force is the one that is not old', () => {
    const patient: Patient = {
      resourceType: 'Patient',
      identifier: [
        { system: 'urn:hospital', value: '1' },
        insIdentifier('209076322083439', 'INS-NIR', 'old'),
        insIdentifier('109076322083489', 'INS-NIR', 'official'),
      ],
    };
    expect(officialIns(patient)).toEqual({
      identifier: patient.identifier![2],
      index: 2,
    });
    expect(
      officialIns({
        resourceType: 'Patient',
        identifier: patient.identifier!.slice(0, 2),
      }),
    ).toBeUndefined();
    expect(officialIns({ resourceType: 'Patient' })).toBeUndefined();
  });
});
