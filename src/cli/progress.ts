/** A progress bar on a terminal; nothing where the output is not one. */
export interface ProgressBar {
  /** One more of the total is done. */
  step(note: string): void;
  end(): void;
}

/** @param total how many steps there are, or `undefined` when that is not known */
export function progressBar(
  total: number | undefined,
  stream: NodeJS.WriteStream = process.stderr,
): ProgressBar {
  let done = 0;
  if (!stream.isTTY) return { step: () => undefined, end: () => undefined };
  return {
    step(note) {
      done++;
      const width = 30;
      const share = total === undefined ? 0 : done / total;
      const filled = Math.round(share * width);
      const bar =
        total === undefined
          ? `${done}`
          : `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done}/${total}`;
      stream.write(`\r\x1b[K${bar} ${note}`);
    },
    end: () => {
      stream.write('\n');
    },
  };
}
