import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { readCases } from './cases.ts';
import { type CaseResult, isWellPlaced, runCase } from './run-case.ts';

/** What a run must reach, in parts of 1. */
const aims = { accepted: 0.97, refused: 0.85, placed: 0.85 };

const [folder, ...options] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: npm run validator-cases -- DIR [--verbose]');
  process.exitCode = 2;
} else {
  process.exitCode = run(folder, options.includes('--verbose')) ? 0 : 1;
}

/** Runs the cases of a folder in both formats and prints the scores; true when all aims are reached. */
function run(folder: string, verbose: boolean): boolean {
  const cases = readCases(folder);
  const conformance = loadConformance();
  let reached = true;
  for (const format of ['json', 'xml'] as const) {
    const results = cases.flatMap((one) => runCase(folder, one, format, conformance) ?? []);
    reached = print(format, results, cases.length, verbose) && reached;
  }
  return reached;
}

function print(format: string, results: readonly CaseResult[], all: number, verbose: boolean): boolean {
  const valid = results.filter((result) => result.case.expected === 'valid');
  const invalid = results.filter((result) => result.case.expected === 'invalid');
  const accepted = valid.filter(({ errors }) => errors.length === 0);
  const refused = invalid.filter(({ errors }) => errors.length > 0);
  const placed = refused.filter(isWellPlaced);
  const without = all - results.length;
  console.log(
    `\n${format}: ${results.length} cases${without > 0 ? `, ${without} have no form in ${format}` : ''}`,
  );
  const scores = [
    line('valid, accepted', accepted.length, valid.length, aims.accepted),
    line('invalid, refused', refused.length, invalid.length, aims.refused),
    line(
      'refused at an element or for a kind of rule that is named',
      placed.length,
      refused.length,
      aims.placed,
    ),
  ];
  const disagreements = [
    ...valid.filter((result) => !accepted.includes(result)),
    ...invalid.filter((result) => !placed.includes(result)),
  ];
  for (const result of disagreements) printCase(result, verbose);
  return scores.every(Boolean);
}

function line(title: string, count: number, of: number, aim: number): boolean {
  const reached = of === 0 || count / of >= aim;
  const percent = of === 0 ? 100 : Math.round((count / of) * 1000) / 10;
  console.log(`  ${title}: ${count} of ${of}, ${percent} % (aim ${aim * 100} %)${reached ? '' : ' MISSED'}`);
  return reached;
}

function printCase({ case: one, errors }: CaseResult, verbose: boolean): void {
  const kinds = one.elements?.join(', ') ?? Object.keys(one.errorKinds ?? {}).join(', ');
  console.log(
    `  - ${one.id}: expected ${one.expected}${kinds ? ` (${kinds})` : ''}, found ${errors.length} errors`,
  );
  for (const { code, expression, diagnostics } of errors.slice(0, verbose ? 20 : 2)) {
    console.log(`      ${code} ${expression ?? ''}: ${diagnostics.slice(0, 200)}`);
  }
}
