/** Methods that are called without their object, as after `const { send } = connection`. */
import { HoldfastError } from './errors.ts';

type Method = (this: unknown, one: unknown, other: unknown) => unknown;

interface Class {
  readonly prototype: object;
  [Symbol.hasInstance](value: unknown): boolean;
}

/** Gives those methods an error that names them, in place of one about a property of `undefined`. */
export function nameDetached<C extends Class>(
  what: string,
  owner: C,
  names: readonly (keyof C['prototype'] & string)[],
) {
  for (const name of names) {
    const method = Reflect.get(owner.prototype, name) as Method;
    const value: Method = function (one, other) {
      if (owner[Symbol.hasInstance](this)) return method.call(this, one, other);
      const expected = `${what}.${name}(...), or a function that calls it so`;
      throw new HoldfastError('bad-config', `${name}: called without its ${what}; expected ${expected}`);
    };
    Object.defineProperty(owner.prototype, name, { value, writable: true, configurable: true });
  }
}
