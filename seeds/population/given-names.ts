import type { NameOrigin } from './countries.ts';
import { type Random, WeightedChoice } from './random.ts';

/** Given names by the decade in which they were most given, the most frequent first in each. */
const femaleByDecade: Record<number, string> = {
  1920: 'MARIE JEANNE SIMONE MADELEINE YVONNE SUZANNE DENISE MARCELLE GERMAINE PAULETTE LUCIENNE RAYMONDE',
  1930: 'JACQUELINE JEANNINE MONIQUE GINETTE HUGUETTE YVETTE THERESE ODETTE COLETTE MARIE-LOUISE',
  1940: 'NICOLE DANIELE MICHELE FRANCOISE CHANTAL CHRISTIANE JOSIANE ANNIE MARIE-THERESE CLAUDINE BERNADETTE',
  1950: 'MARTINE BRIGITTE CATHERINE SYLVIE MARIE-FRANCE DOMINIQUE PATRICIA EVELYNE ODILE ANNE-MARIE',
  1960: 'NATHALIE ISABELLE VERONIQUE CHRISTINE VALERIE LAURENCE CORINNE FLORENCE PASCALE AGNES',
  1970: 'SANDRINE STEPHANIE CELINE KARINE SOPHIE DELPHINE VIRGINIE ANNE HELENE MAGALI',
  1980: 'AURELIE EMILIE JULIE ELODIE AUDREY MELANIE AMELIE JESSICA LAETITIA CAROLINE',
  1990: 'LAURA MARINE CAMILLE MANON PAULINE MARION SARAH ANAIS MATHILDE CHLOE',
  2000: 'LEA EMMA CLARA INES OCEANE LUCIE JADE LISA EVA ANNE-SOPHIE',
  2010: 'LOUISE LOLA ALICE LINA ZOE MILA ROSE JULIA NINA AGATHE',
  2020: 'AMBRE ALBA ROMY ALMA IRIS OLIVIA LUNA CHARLIE ALIX GABRIELLE',
};

const maleByDecade: Record<number, string> = {
  1920: 'JEAN ANDRE ROGER MARCEL RENE ROBERT LOUIS PIERRE RAYMOND GEORGES MAURICE HENRI',
  1930: 'CLAUDE JACQUES GUY BERNARD ROLAND SERGE GILBERT FERNAND ANTOINE JEAN-MARIE',
  1940: 'MICHEL GERARD DANIEL JEAN-PIERRE CHRISTIAN JEAN-CLAUDE YVES ALBERT DENIS FRANCIS JEAN-PAUL',
  1950: 'PHILIPPE PATRICK ALAIN DIDIER JEAN-LUC DOMINIQUE GILLES MARC JOEL JEAN-FRANCOIS',
  1960: 'PASCAL THIERRY ERIC LAURENT BRUNO FRANCK FREDERIC OLIVIER VINCENT JEAN-CHRISTOPHE',
  1970: 'STEPHANE CHRISTOPHE DAVID SEBASTIEN NICOLAS JEROME CEDRIC LUDOVIC YANN ARNAUD',
  1980: 'JULIEN GUILLAUME ROMAIN JEREMY ANTHONY MATHIEU BENJAMIN JONATHAN MICKAEL ADRIEN',
  1990: 'KEVIN ALEXANDRE THOMAS MAXIME QUENTIN VALENTIN FLORIAN DYLAN CLEMENT PIERRE-ALAIN',
  2000: 'LUCAS THEO ENZO HUGO MATHIS NATHAN TOM LEO ETHAN NOAH',
  2010: 'GABRIEL RAPHAEL JULES ADAM ARTHUR LIAM MAEL PAUL SACHA AARON',
  2020: 'GABIN MALO ISAAC MARIUS AUGUSTE NINO OWEN SOHAN ELIOTT CAMILLE',
};

const femaleElsewhere: Record<Exclude<NameOrigin, 'france'>, string> = {
  maghreb: 'FATIMA KHADIJA AICHA FATMA NADIA SAMIRA LEILA MALIKA AMINA YASMINE',
  africa: 'AMINATA FATOUMATA MARIAM AWA ROSE ESTHER GRACE BINTOU',
  'southern-europe': 'MARIA ANA ROSA CARMEN LUCIA PAOLA ISABEL TERESA',
  'eastern-europe': 'ANNA ELENA IOANA KATARZYNA AGNIESZKA MIHAELA',
  asia: 'LAN LINH MAI HUONG MEI SOPHEA THI',
};

const maleElsewhere: Record<Exclude<NameOrigin, 'france'>, string> = {
  maghreb: 'MOHAMED AHMED ALI RACHID KARIM YOUSSEF SAID OMAR MUSTAPHA MEHDI',
  africa: 'MAMADOU IBRAHIM OUSMANE MOUSSA ABDOULAYE JEAN PATRICE SEKOU',
  'southern-europe': 'JOSE MANUEL ANTONIO JOAO CARLOS LUIS FRANCESCO GIUSEPPE',
  'eastern-europe': 'JAN PIOTR ION ANDREI KRZYSZTOF MIHAI',
  asia: 'VAN MINH WEI SOPHAL LONG TUAN',
};

/** Years over which a name comes in and out of fashion. */
const fashionYears = 9;

type Lists = Readonly<Record<number, string>>;

/** French names for those born in one decade: a name is at its height in its own decade and fades around it. */
function choiceOf(decade: number, lists: Lists): WeightedChoice<string> {
  const weights = new Map<string, number>();
  for (const [height, list] of Object.entries(lists)) {
    const distance = (decade - Number(height)) / fashionYears;
    for (const [rank, name] of list.split(' ').entries()) {
      weights.set(name, (weights.get(name) ?? 0) + Math.exp(-(distance ** 2) / 2) / (rank + 4));
    }
  }
  return new WeightedChoice([...weights.keys()], (name) => weights.get(name) ?? 0);
}

function choicesByDecade(lists: Lists): ReadonlyMap<number, WeightedChoice<string>> {
  return new Map(Object.keys(lists).map((decade) => [Number(decade), choiceOf(Number(decade), lists)]));
}

function evenly(
  lists: Record<Exclude<NameOrigin, 'france'>, string>,
): ReadonlyMap<NameOrigin, WeightedChoice<string>> {
  return new Map(
    Object.entries(lists).map(([origin, list]) => [
      origin as NameOrigin,
      new WeightedChoice(list.split(' '), () => 1),
    ]),
  );
}

const french = {
  female: choicesByDecade(femaleByDecade),
  male: choicesByDecade(maleByDecade),
};
const elsewhere = {
  female: evenly(femaleElsewhere),
  male: evenly(maleElsewhere),
};

/** Number of birth given names: one, two or three. */
const nameCounts = new WeightedChoice([1, 2, 3], (count) => ({ 1: 35, 2: 40, 3: 25 })[count] ?? 0);

/**
 * One to three distinct birth given names in the fashion of the year of birth; upper case, no diacritic.
 * @param birthYear from 1920 to 2029
 */
export function drawGivenNames(
  random: Random,
  gender: 'female' | 'male',
  birthYear: number,
  origin: NameOrigin,
): string[] {
  const decade = birthYear - (birthYear % 10);
  const choice = elsewhere[gender].get(origin) ?? french[gender].get(decade);
  if (choice === undefined) throw new RangeError(`No given names for a birth in ${birthYear}`);
  const count = nameCounts.pick(random);
  const names = new Set<string>();
  while (names.size < count) names.add(choice.pick(random));
  return [...names];
}
