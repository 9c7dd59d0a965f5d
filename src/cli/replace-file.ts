/** Writes a file whole: readers see the old content or the new one, also when the process ends in between. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * A link stays one. In place is written what is no regular file, such as `/dev/stdout`, and a file in a folder that permits no
 * others. Throws the error of the file system.
 */
export function replaceFile(file: string, text: string): void {
  const known = statSync(file, { throwIfNoEntry: false });
  if (known !== undefined && !known.isFile()) return writeFileSync(file, text);
  const target = known === undefined ? file : realpathSync(file);
  const beside = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, known && { mode: known.mode });
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    if (known === undefined || (error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    writeFileSync(target, text);
  }
}
