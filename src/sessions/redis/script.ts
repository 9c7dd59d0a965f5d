/** Scripts by their digest, as Redis names them. */
import { createHash } from 'node:crypto';

export interface Script {
  readonly name: string;
  readonly source: string;
  /** SHA-1 of the source, in hexadecimal. */
  readonly digest: string;
}

export function scriptOf(name: string, source: string): Script {
  return { name, source, digest: createHash('sha1').update(source).digest('hex') };
}
