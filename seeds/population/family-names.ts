import type { NameOrigin } from './countries.ts';
import { type Random, WeightedChoice } from './random.ts';

/** Common French family names, the most frequent first. */
const french = `
MARTIN BERNARD THOMAS PETIT ROBERT RICHARD DURAND DUBOIS MOREAU LAURENT SIMON MICHEL LEFEVRE LEROY ROUX DAVID
BERTRAND MOREL FOURNIER GIRARD BONNET DUPONT LAMBERT FONTAINE ROUSSEAU VINCENT MULLER LEFEBVRE FAURE ANDRE MERCIER
BLANC GUERIN BOYER GARNIER CHEVALIER FRANCOIS LEGRAND GAUTHIER GARCIA PERRIN ROBIN CLEMENT MORIN NICOLAS HENRY
ROUSSEL MATHIEU GAUTIER MASSON MARCHAND DUVAL DENIS DUMONT MARIE LEMAIRE NOEL MEYER DUFOUR MEUNIER BRUN BLANCHARD
GIRAUD JOLY RIVIERE LUCAS BRUNET GAILLARD BARBIER ARNAUD MARTINEZ GERARD ROCHE RENARD SCHMITT ROY LEROUX COLIN VIDAL
CARON PICARD ROGER FABRE AUBERT LEMOINE RENAUD DUMAS LACROIX OLIVIER PHILIPPE BOURGEOIS PIERRE BENOIT REY LECLERC
PAYET ROLLAND LECLERCQ GUILLAUME LECOMTE LOPEZ JEAN DUPUY GUILLOT HUBERT BERGER CARPENTIER SANCHEZ DUPUIS MOULIN
LOUIS DESCHAMPS HUET VASSEUR PEREZ BOUCHER FLEURY ROYER KLEIN JACQUET ADAM PARIS POIRIER MARTY AUBRY GUYOT CARRE
CHARLES RENAULT CHARPENTIER MENARD MAILLARD BARON BERTIN BAILLY HERVE SCHNEIDER FERNANDEZ LE-GALL COLLET LEGER
BOUVIER JULIEN PREVOST MILLET PERROT DANIEL LE-ROUX COUSIN GERMAIN BRETON BESSON LANGLOIS REMY LE-GOFF PELLETIER
LEVEQUE PERRIER LEBLANC BARRE LEBRUN MARCHAL WEBER MALLET HAMON BOULANGER JACOB MONNIER MICHAUD RODRIGUEZ GUICHARD
D'HERBOMEZ DE-LA-TOUR CASANOVA COLONNA HOARAU GRONDIN`;

const elsewhere: Record<Exclude<NameOrigin, 'france'>, string> = {
  maghreb: 'BENALI BOUAZIZ MANSOURI HADDAD BELKACEM SAIDI CHERIF TRABELSI ALAOUI IDRISSI BRAHIMI YILMAZ KAYA',
  africa: 'DIALLO TRAORE KONE NDIAYE DIOP SOW CISSE KEITA MBEMBA RAKOTO TOURE JOSEPH',
  'southern-europe':
    'DA-SILVA FERREIRA PEREIRA DOS-SANTOS RODRIGUES GONCALVES LOPES ROSSI RUSSO RUIZ MORENO ROMERO',
  'eastern-europe': 'KOWALSKI NOWAK WOJCIK POPESCU IONESCU POPA LEWANDOWSKI DUMITRU',
  asia: 'NGUYEN TRAN LE PHAM CHEN WANG ZHANG SOK CHEA HUANG',
};

/** In a list a hyphen stands for the space inside a name: DE-LA-TOUR is DE LA TOUR. */
function parse(list: string): string[] {
  return list
    .trim()
    .split(/\s+/)
    .map((name) => name.replaceAll('-', ' '));
}

/** Frequencies fall off with the rank, as those of family names do. */
function byRank(list: string): WeightedChoice<string> {
  const names = parse(list);
  return new WeightedChoice(names, (name) => 1 / (names.indexOf(name) + 12));
}

const choices: Record<NameOrigin, WeightedChoice<string>> = {
  france: byRank(french),
  maghreb: byRank(elsewhere.maghreb),
  africa: byRank(elsewhere.africa),
  'southern-europe': byRank(elsewhere['southern-europe']),
  'eastern-europe': byRank(elsewhere['eastern-europe']),
  asia: byRank(elsewhere.asia),
};

/** A birth name in the characters of the référentiel INS: upper case, no diacritic. */
export function drawFamilyName(random: Random, origin: NameOrigin): string {
  return choices[origin].pick(random);
}
