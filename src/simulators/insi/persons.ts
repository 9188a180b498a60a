/** A matricule as the simulator returns it, right or wrong. */
export interface SimulatedIns {
  /** 13 characters. */
  number: string;
  key: string;
  /** A NIR takes the OID of the switches, a NIA its own. */
  kind: 'NIR' | 'NIA';
  start?: string;
  end?: string;
}

/** A person of the simulated reference base, in the alphabet of INSi. */
export interface SimulatedPerson {
  birthName: string;
  /** The name that a search must carry, where the answer gives another. */
  searchedBirthName?: string;
  givenNames: readonly string[];
  sex: 'M' | 'F';
  birthDate: string;
  birthPlace?: string;
  active: SimulatedIns;
  history?: readonly SimulatedIns[];
}

/**
 * The published test identities of the INSi qualification platform and of the CNDA files, with their
 * oddities: a history that repeats the active matricule, dates in the wrong order, keys that are wrong.
 */
export const qualificationPersons: readonly SimulatedPerson[] = [
  person('ADRUN', 'ZOE', 'F', '1975-12-31', '63220', nir('2751263220749', '74')),
  person('ADRDEUX', 'LAURENT', 'M', '1981-01-01', '63220', nir('1810163220751', '40')),
  person('ADRTROIS', 'DOMINIQUE', 'F', '1997-02-26', '2A020', nir('297022A020778', '78')),
  person('ADRTROIS', 'TOUSSAINT', 'M', '1960-01-01', '2B020', nir('160012B020777', '13')),
  person('ECETINSI', 'PIERRE-ALAIN MURIEL FLORIANT', 'M', '2009-07-14', '63220', nir('1090763220834', '89'), [
    nir('2090763220834', '39', '2019-03-01', '2019-02-28'),
    nir('2090663220123', '55', '2009-07-14', '2019-02-28'),
  ]),
  person('NESSI', 'MICHELANGELO ANTHONY', 'M', '2010-08-07', '63220', nir('1100863220830', '60')),
  // Two published sources give this matricule to two given names.
  person('NESSI', 'RUTH', 'F', '1977-07-14', '63220', nir('2770763220829', '10')),
  person('NESSI', 'NATHALIE', 'F', '1977-07-14', '63220', nir('2770763220829', '10')),
  person('TCHITCHI', 'CATARINA BELLA', 'F', '1936-06-21', '63220', nir('2360663220836', '56')),
  person('DE VINCI', 'LEONARDO PIERO', 'M', '2014-02-01', '63220', nir('1140263220833', '56')),
  // The namesake that makes a search for LEONARDO without a birth place find several identities.
  person('DE VINCI', 'LEONARDO', 'M', '2014-02-01', '75056', nir('1140275056123', '27')),
  person(
    "D'ARTAGNAN DE L'HERAULT",
    'PIERRE-ALAIN GUNTHER',
    'M',
    '2001-06-17',
    '63220',
    nir('1010663220754', '60'),
  ),
  person('CORSE', 'ANTHONY', 'M', '1980-03-02', '2B020', nir('180032B020401', '23'), [
    nir('180032B020401', '23'),
  ]),
  {
    ...person('HERMANN', 'GATIEN', 'M', '1981-03-24', '63220', nir('1810363220456', '60'), [
      nir('2810363220456', '10'),
    ]),
    searchedBirthName: 'HERMAN',
  },
  person('PROVISOIRE', 'MATRICULE', 'M', '2009-07-01', '63220', {
    number: '1090763220888',
    key: '35',
    kind: 'NIA',
  }),
  person('PAT-TROIS', 'DOMINIQUE MARIE-LOUISE', 'F', '1979-03-28', '51215', nir('2790351215189', '89')),
];

function person(
  birthName: string,
  givenNames: string,
  sex: 'M' | 'F',
  birthDate: string,
  birthPlace: string,
  active: SimulatedIns,
  history: readonly SimulatedIns[] = [],
): SimulatedPerson {
  return { birthName, givenNames: givenNames.split(' '), sex, birthDate, birthPlace, active, history };
}

function nir(number: string, key: string, start?: string, end?: string): SimulatedIns {
  return {
    number,
    key,
    kind: 'NIR',
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}
