/** Objects with optional keys: keys without a value are absent rather than `undefined`. */

type Optional<T> = { [Key in keyof T]: undefined extends T[Key] ? Key : never }[keyof T];

/** `T` without the keys whose value is undefined. */
export type Defined<T> = Omit<T, Optional<T>> & {
  [Key in Optional<T>]?: Exclude<T[Key], undefined>;
};

export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
