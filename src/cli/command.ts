/** One command of `passerelle`. */
export interface Command {
  help: string;
  /** @returns the exit code */
  run(args: string[]): Promise<number>;
}
