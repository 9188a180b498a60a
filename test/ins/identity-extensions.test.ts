import type { Extension, Patient } from 'fhir/r4.d.ts';
import { type IdentityRecord, readIdentity, writeIdentity } from '../../src/ins/identity-extensions.ts';
import { defaultIdentityPolicy } from '../../src/ins/identity-policy.ts';
import { identityStatuses } from '../../src/ins/identity-status.ts';
import { insIdentifier } from '../../src/ins/ins-identifier.ts';

const reliabilityUrl = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability';
const ownUrl = 'https://passerelle.fr/fhir/StructureDefinition/identity-status';
const system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445';
const draftSystem = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status';

function reliability(code: string, method?: string, statusSystem = system): Extension {
  const parts: Extension[] = [{ url: 'identityStatus', valueCoding: { system: statusSystem, code } }];
  if (method !== undefined) parts.push({ url: 'methodCollection', valueCoding: { code: method } });
  return { url: reliabilityUrl, extension: parts };
}

function patient(extension: Extension[], withIns: 'official' | 'old' | undefined = undefined): Patient {
  const identifier = withIns === undefined ? [] : [insIdentifier('275126322074974', 'INS-NIR-TEST', withIns)];
  return { resourceType: 'Patient', extension, identifier };
}

function codesOf(written: Patient): (string | undefined)[] {
  const repetitions = written.extension!.filter(({ url }) => url === reliabilityUrl);
  return repetitions.map(
    ({ extension }) => extension!.find(({ url }) => url === 'identityStatus')?.valueCoding?.code,
  );
}

describe('the identity read from a Patient', () => {
  test.each<[string, Extension[], 'official' | 'old' | undefined, string]>([
    ['nothing', [], undefined, 'PROV'],
    ['nothing but an INS', [], 'official', 'PROV'],
    ['VALI with an INS in force', [reliability('VALI')], 'official', 'QUAL'],
    ['VALI with a former INS only', [reliability('VALI')], 'old', 'VALI'],
    ['VALI without INS', [reliability('VALI')], undefined, 'VALI'],
    ['PROV', [reliability('PROV')], 'official', 'PROV'],
    ['PROV from INSi with an INS', [reliability('PROV', 'INSI')], 'official', 'RECUP'],
    ['PROV from INSi without INS', [reliability('PROV', 'INSI')], undefined, 'PROV'],
    ['PROV from a Vitale card', [reliability('PROV', 'CV')], 'official', 'PROV'],
    ['VIDE', [reliability('VIDE')], 'official', 'PROV'],
    ['VALI and PROV', [reliability('VALI'), reliability('PROV')], 'official', 'PROV'],
    ['draft QUAL', [reliability('QUAL', undefined, draftSystem)], 'official', 'QUAL'],
    ['draft RECUP', [reliability('RECUP', undefined, draftSystem)], undefined, 'RECUP'],
    ['draft VALI with an INS', [reliability('VALI', undefined, draftSystem)], 'official', 'VALI'],
    ['our RECUP beside PROV', [{ url: ownUrl, valueCode: 'RECUP' }, reliability('PROV')], undefined, 'RECUP'],
    ['our unknown code', [{ url: ownUrl, valueCode: 'SUPER' }, reliability('VALI')], undefined, 'VALI'],
    ['VALI and DOUT', [reliability('VALI'), reliability('DOUT')], 'official', 'PROV'],
    ['our QUAL and FICT', [{ url: ownUrl, valueCode: 'QUAL' }, reliability('FICT')], 'official', 'PROV'],
    ['VALI and HOMA', [reliability('VALI'), reliability('HOMA')], 'official', 'QUAL'],
  ])('%s', (_, extension, withIns, expected) => {
    expect(readIdentity(patient(extension, withIns)).status).toBe(expected);
  });

  test('has its attributes in one order, each once', () => {
    const extension = ['DOUT', 'HOMD', 'HOMA', 'DOUB'].map((code) => reliability(code));
    expect(readIdentity(patient(extension)).attributes).toEqual(['homonyme', 'douteux']);
  });

  test('ignores a document code that does not exist', () => {
    const parts = [{ url: 'validationMode', valueCoding: { code: 'ZZ' } }];
    expect(readIdentity(patient([{ url: reliabilityUrl, extension: parts }]))).not.toHaveProperty('evidence');
  });
});

describe('the identity written to a Patient', () => {
  const full: IdentityRecord = {
    status: 'QUAL',
    attributes: ['homonyme'],
    evidence: 'PA',
    methodCollection: 'INSI',
    dateCollection: '2026-03-01',
    validationDate: '2026-02-28',
  };

  test('is read back', () => {
    const written = writeIdentity(patient([], 'official'), full, defaultIdentityPolicy);
    expect(readIdentity(written)).toEqual(full);
  });

  test.each(identityStatuses)('%s is read back by our extension', (status) => {
    const written = writeIdentity(patient([]), { status, attributes: [] }, defaultIdentityPolicy);
    expect(readIdentity(written).status).toBe(status);
  });

  test.each([
    ['PROV', 'PROV'],
    ['RECUP', 'PROV'],
    ['VALI', 'VALI'],
    ['QUAL', 'VALI'],
  ] as const)('%s is %s in FR Core 2.2.0 and itself in the draft', (status, published) => {
    const record: IdentityRecord = { status, attributes: [] };
    expect(codesOf(writeIdentity(patient([]), record, defaultIdentityPolicy))).toEqual([published]);
    const draft = writeIdentity(patient([]), record, {
      ...defaultIdentityPolicy,
      qualifiedCode: 'QUAL',
    });
    expect(codesOf(draft)).toEqual([status]);
  });

  test('has the form of FR Core 2.2.0', () => {
    const written = writeIdentity(patient([]), full, defaultIdentityPolicy);
    expect(written.extension).toEqual([
      { url: ownUrl, valueCode: 'QUAL' },
      {
        url: reliabilityUrl,
        extension: [
          { url: 'identityStatus', valueCoding: { system, code: 'VALI' } },
          {
            url: 'methodCollection',
            valueCoding: {
              system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-method-collection',
              code: 'INSI',
            },
          },
          { url: 'dateCollection', valueDate: '2026-03-01' },
          { url: 'validationDate', valueDate: '2026-02-28' },
          {
            url: 'validationMode',
            valueCoding: {
              system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-mode-validation-identity',
              code: 'PA',
            },
          },
        ],
      },
      {
        url: reliabilityUrl,
        extension: [{ url: 'identityStatus', valueCoding: { system, code: 'HOMA' } }],
      },
    ]);
  });

  test('replaces what it owns and keeps the rest, management marks included', () => {
    const other = { url: 'urn:other', valueString: 'kept' };
    const before = patient([
      other,
      reliability('VALI'),
      reliability('DOUT'),
      reliability('HOMD'),
      reliability('DOUB'),
      { url: ownUrl, valueCode: 'QUAL' },
    ]);
    const written = writeIdentity(
      before,
      { status: 'PROV', attributes: ['homonyme'] },
      defaultIdentityPolicy,
    );
    expect(codesOf(written)).toEqual(['PROV', 'HOMD', 'DOUB']);
    expect(written.extension).toContainEqual(other);
    expect(written.extension!.filter(({ url }) => url === ownUrl)).toEqual([
      { url: ownUrl, valueCode: 'PROV' },
    ]);
    expect(before.extension).toHaveLength(6);
  });

  test('is stable: writing what was read changes nothing', () => {
    const once = writeIdentity(patient([reliability('DOUB')]), full, defaultIdentityPolicy);
    expect(writeIdentity(once, readIdentity(once), defaultIdentityPolicy)).toEqual(once);
  });
});
