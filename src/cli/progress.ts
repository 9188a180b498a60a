/** A progress bar on a terminal; nothing where the output is not one. */
export interface ProgressBar {
  /** @param note what else there is to say */
  show(done: number, total: number, note?: string): void;
  end(): void;
}

const width = 30;

/** A bar on the standard error, which leaves the output of a command alone. */
export function progressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show(done, total, note = '') {
      const filled = total === 0 ? width : Math.round((done / total) * width);
      const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
      stream.write(`\r\x1b[K[${bar}] ${done}/${total} ${note}`);
    },
    end: () => {
      stream.write('\n');
    },
  };
}
