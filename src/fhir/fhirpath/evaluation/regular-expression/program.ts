import type { CharacterTest } from './character-class.ts';
import type { Assertion, PatternSyntax } from './syntax.ts';

/** One step of a program; where nothing is said it goes on with the next one. */
export type Instruction =
  | { kind: 'character'; test: CharacterTest }
  | { kind: 'assertion'; assertion: Assertion }
  /** Goes on at both places, the first one preferred. */
  | { kind: 'fork'; first: number; second: number }
  | { kind: 'jump'; to: number }
  /** Notes the position: the start (even slot) or end of a group. */
  | { kind: 'note'; slot: number }
  | { kind: 'match' };

/** A counted repetition is written out, so patterns bear only so much. */
const mostInstructions = 10_000;

/** The program of a pattern for a machine that follows all ways at once. */
export function programOf(syntax: PatternSyntax, refused: () => Error): readonly Instruction[] {
  const program: Instruction[] = [];
  emit({ kind: 'group', part: syntax, group: 0 }, program, refused);
  program.push({ kind: 'match' });
  return program;
}

function emit(syntax: PatternSyntax, program: Instruction[], refused: () => Error): void {
  if (program.length > mostInstructions) throw refused();
  switch (syntax.kind) {
    case 'character':
    case 'assertion':
      program.push(syntax);
      return;
    case 'sequence':
      for (const part of syntax.parts) emit(part, program, refused);
      return;
    case 'group':
      program.push({ kind: 'note', slot: syntax.group * 2 });
      emit(syntax.part, program, refused);
      program.push({ kind: 'note', slot: syntax.group * 2 + 1 });
      return;
    case 'alternatives':
      emitAlternatives(syntax.parts, program, refused);
      return;
    case 'repetition':
      emitRepetition(syntax, program, refused);
  }
}

function emitAlternatives(
  parts: readonly PatternSyntax[],
  program: Instruction[],
  refused: () => Error,
): void {
  const jumps: { kind: 'jump'; to: number }[] = [];
  parts.forEach((part, index) => {
    if (index === parts.length - 1) {
      emit(part, program, refused);
      return;
    }
    const fork = { kind: 'fork' as const, first: program.length + 1, second: 0 };
    program.push(fork);
    emit(part, program, refused);
    const jump = { kind: 'jump' as const, to: 0 };
    program.push(jump);
    jumps.push(jump);
    fork.second = program.length;
  });
  for (const jump of jumps) jump.to = program.length;
}

function emitRepetition(
  { part, least, most, isLazy }: PatternSyntax & { kind: 'repetition' },
  program: Instruction[],
  refused: () => Error,
): void {
  for (let count = 0; count < least; count++) emitCounted(part, program, refused);
  if (most === Number.POSITIVE_INFINITY) {
    const start = program.length;
    const fork = emitFork(program);
    emit(part, program, refused);
    program.push({ kind: 'jump', to: start });
    close(fork, program.length, isLazy);
    return;
  }
  const forks = [];
  for (let count = least; count < most; count++) {
    forks.push(emitFork(program));
    emitCounted(part, program, refused);
  }
  for (const fork of forks) close(fork, program.length, isLazy);
}

/** A part may have no instruction of its own, and be repeated all the same. */
function emitCounted(part: PatternSyntax, program: Instruction[], refused: () => Error): void {
  const before = program.length;
  emit(part, program, refused);
  if (program.length === before) program.push({ kind: 'jump', to: before + 1 });
}

function emitFork(program: Instruction[]): Instruction & { kind: 'fork' } {
  const fork: Instruction & { kind: 'fork' } = { kind: 'fork', first: program.length + 1, second: 0 };
  program.push(fork);
  return fork;
}

function close(fork: Instruction & { kind: 'fork' }, end: number, isLazy: boolean): void {
  const into = fork.first;
  fork.first = isLazy ? end : into;
  fork.second = isLazy ? into : end;
}
