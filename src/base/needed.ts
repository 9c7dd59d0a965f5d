/** Errors for what needs a part that was not handed in. */
import { HoldfastError } from './errors.ts';

/** The member of a part. Throws `HoldfastError` that names the part when it was not handed in. */
export function needed<Parts extends object, Name extends keyof Parts & string>(
  parts: Parts,
  name: Name,
  use: string,
): NonNullable<Parts[Name]> {
  const part = parts[name];
  if (part == null) throw needsPart(use, name);
  return part;
}

/** The error for a use of a part that was not handed in. */
export function needsPart(use: string, part: string): HoldfastError {
  return new HoldfastError('bad-config', `${use} needs the part \`${part}\` of the supervisor`);
}
