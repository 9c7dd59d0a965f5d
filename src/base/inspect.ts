/** The text that Node's `console.log` and `util.inspect` show for an object. */

interface Shown {
  readonly prototype: { toJSON(): unknown };
}

/** Instances are shown as `toJSON` has them: without it plans, and the credentials in them, would be shown. */
export function showAsJson(...classes: Shown[]): void {
  for (const { prototype } of classes) {
    Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), { value: prototype.toJSON });
  }
}
