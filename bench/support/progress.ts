/** How far a long bench is, on stderr: one line that changes on a terminal, else a line for each tenth. */
const { stderr } = process;

/** Returns what to call after each of `total` steps. */
export function progressOver(total: number): () => void {
  let done = 0;
  let told = 0;
  return () => {
    done++;
    const percent = `${Math.floor((100 * done) / total)}%`;
    if (stderr.isTTY) stderr.write(done === total ? '\r\x1b[K' : `\r${percent}`);
    else if (Math.floor((10 * done) / total) > told) {
      told = Math.floor((10 * done) / total);
      stderr.write(`${percent} of ${total} steps\n`);
    }
  };
}
