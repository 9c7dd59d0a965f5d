/** Objects with optional keys: a key that has nothing to say is absent, and not `undefined`. */

type Optional<T> = { [Key in keyof T]: undefined extends T[Key] ? Key : never }[keyof T];

/** What `fields` has beside its undefined values. */
export type Defined<T> = Omit<T, Optional<T>> & {
  [Key in Optional<T>]?: Exclude<T[Key], undefined>;
};

export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
