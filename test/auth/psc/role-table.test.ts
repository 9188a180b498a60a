import fc from 'fast-check';
import { readRoleTable, roleOf } from '../../../src/auth/psc/role-table.ts';
import type { Professional } from '../../../src/professionals/psc/professional.ts';
import { readProfessional } from '../../../src/professionals/psc/user-info.ts';
import { simulatedProfessionals } from '../../../src/simulators/psc/people.ts';

const somebody: Professional = { identifiers: [], subjectRoles: [], practices: [] };
const table = readRoleTable();
const role = (profession: string, category: string, kind?: string) =>
  roleOf(table, somebody, { profession, category, activities: [] }, kind === undefined ? {} : { kind });

describe('the table of the server', () => {
  test('is one that it would take as a file', () => {
    expect(readRoleTable(JSON.stringify(table))).toEqual(table);
  });

  test.each([
    ['10', 'doctor'],
    ['50', 'midwife'],
    ['60', 'nurse'],
    ['69', 'nurse'],
    ['21', 'pharmacist'],
    ['40', undefined],
    ['70', undefined],
    ['93', undefined],
  ])('gives profession %s in care the role %s', (profession, expected) => {
    expect(role(profession, 'C', 'GENR01')).toBe(expected);
    expect(role(profession, 'M', 'GENR02')).toBe(expected);
  });

  test.each([
    ['a student', '10', 'E', 'GENR01', undefined],
    ['work that is no care', '10', 'C', 'GENR04', undefined],
    ['a kind that is not told', '10', 'C', undefined, undefined],
    ['administrative work', '10', 'C', 'GENR13', 'secretary'],
  ])('gives least to %s', (_case, profession, category, kind, expected) => {
    expect(role(profession, category, kind)).toBe(expected);
  });

  test('gives employees by their national identifier no more than a secretary has', () => {
    const employee = { ...somebody, nationalId: '3990000010/SEC0001' };
    expect(roleOf(table, employee, undefined, {})).toBe('secretary');
    const registered = { ...somebody, nationalId: '399001000/10' };
    expect(roleOf(table, { ...registered, nationalId: '899799000015' }, undefined, {})).toBeUndefined();
  });

  test('gives nobody a role that no claim can tell of', () => {
    const code = fc.string({ maxLength: 6 });
    fc.assert(
      fc.property(code, code, code, (profession, category, kind) => {
        expect(['admin', 'system']).not.toContain(role(profession, category, kind));
      }),
    );
  });

  test('gives the people of the simulator theirs', () => {
    const found = simulatedProfessionals.map(({ key, nationalId, otherIds, claims }) => {
      const professional = readProfessional({ ...claims, SubjectNameID: nationalId, otherIds });
      const [practice] = professional.practices;
      return [key, roleOf(table, professional, practice, practice?.activities[0])];
    });
    expect(Object.fromEntries(found)).toEqual({
      medecin: 'doctor',
      infirmier: 'nurse',
      pharmacien: 'pharmacist',
      secretaire: 'secretary',
      interne: undefined,
      psi: 'midwife',
      edit: undefined,
    });
  });
});

describe('a table of the settings', () => {
  test('takes the place of that of the server, its first rule that holds', () => {
    const own = readRoleTable(
      '{"rules":[{"role":null,"professions":["10"],"kinds":["GENR02"]},{"role":"nurse","professions":["10"]}]}',
    );
    const practice = { profession: '10', activities: [] };
    expect(roleOf(own, somebody, practice, { kind: 'GENR02' })).toBeUndefined();
    expect(roleOf(own, somebody, practice, { kind: 'GENR01' })).toBe('nurse');
  });

  test.each([
    ['a role that is none', '{"rules":[{"role":"surgeon","professions":["10"]}]}'],
    ['the role of an administrator', '{"rules":[{"role":"admin","professions":["10"]}]}'],
    ['the role of a back end', '{"rules":[{"role":"system","professions":["10"]}]}'],
    ['a rule for everybody', '{"rules":[{"role":"doctor"}]}'],
    ['a condition that is none', '{"rules":[{"role":"doctor","profession":["10"]}]}'],
    ['no rules', '{}'],
  ])('is refused with %s', (_case, json) => {
    expect(() => readRoleTable(json)).toThrow('The table of roles is wrong');
  });
});
