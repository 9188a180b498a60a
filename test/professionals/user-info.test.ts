import fc from 'fast-check';
import { readProfessional } from '../../src/professionals/psc/user-info.ts';

const registered = (identifiant: string) => ({ identifiant, origine: 'RPPS', qualite: 1 });

describe('the RPPS of a professional', () => {
  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['comes from the other identifiers', { otherIds: [registered('899799000015')] }, '99799000015'],
    ['may stand there without its kind', { otherIds: [registered('99799000015')] }, '99799000015'],
    ['may stand under the other spelling', { otherIDs: [registered('899799000015')] }, '99799000015'],
    ['comes from the national identifier', { SubjectNameID: '899799000015' }, '99799000015'],
    ['or from the name of the user', { preferred_username: '899799000015' }, '99799000015'],
    [
      'goes before a national identifier that is another',
      { SubjectNameID: '899799000023', otherIds: [registered('899799000015')] },
      '99799000015',
    ],
    [
      'stays when the national identifier is a UUID',
      {
        SubjectNameID: '0f1e2d3c-4b5a-4678-9abc-def012345678',
        otherIds: [
          { identifiant: '0f1e2d3c-4b5a-4678-9abc-def012345678', origine: 'PSI', qualite: 2 },
          registered('899799000056'),
        ],
      },
      '99799000056',
    ],
    ['is taken with a wrong control key', { otherIds: [registered('899799000016')] }, '99799000016'],
    [
      'is not what another register gave',
      { otherIds: [{ identifiant: '99799000015', origine: 'ADELI' }] },
      undefined,
    ],
    ['is none for an employee', { SubjectNameID: '3990000010/SEC0001' }, undefined],
    ['is none for an identity of tests', { SubjectNameID: 'ANS20250101120000' }, undefined],
    ['is none where nothing is said', {}, undefined],
  ])('%s', (_case, claims, rpps) => {
    expect(readProfessional(claims).rpps).toBe(rpps);
  });
});

test('empty texts, blanks and absent members are the same', () => {
  const empty = {
    SubjectNameID: '',
    given_name: ' ',
    SubjectOrganization: '',
    SubjectRole: [''],
    otherIds: [],
  };
  const bare = { subjectRoles: [], identifiers: [], practices: [] };
  expect(readProfessional(empty)).toEqual(bare);
  expect(readProfessional({})).toEqual(bare);
  const practices = {
    exercices: [{ codeProfession: '10', nomDexercice: '', activities: [{ codeRole: '' }] }],
  };
  expect(readProfessional({ SubjectRefPro: practices }).practices).toEqual([
    { profession: '10', activities: [{}] },
  ]);
});

test('codes lose their OIDs, and identifiers come once', () => {
  const professional = readProfessional({
    SubjectNameID: '899799000015',
    SubjectRole: ['10^1.2.250.1.213.1.1.5.5', 'SECRETARIAT_MEDICAL'],
    Secteur_Activite: 'SA07^1.2.250.1.71.4.2.4',
    otherIds: [registered('899799000015'), registered('899799000015')],
  });
  expect(professional.subjectRoles).toEqual(['10', 'SECRETARIAT_MEDICAL']);
  expect(professional.organization).toEqual({ sector: 'SA07' });
  expect(professional.identifiers).toEqual([{ value: '899799000015', origin: 'RPPS' }]);
});

test('claims of any shape are read without an exception', () => {
  const names = [
    'SubjectNameID',
    'otherIds',
    'SubjectRole',
    'SubjectRefPro',
    'SubjectOrganization',
    'given_name',
  ];
  const claims = fc.dictionary(fc.constantFrom(...names), fc.anything());
  fc.assert(
    fc.property(claims, (given) => {
      expect(readProfessional(given)).toMatchObject({ subjectRoles: expect.any(Array) });
    }),
  );
});
