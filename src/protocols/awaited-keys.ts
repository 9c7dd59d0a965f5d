/** Keys of users for the answers that they asked for, in one incarnation. */

/** Keys beyond this number push out the oldest, as no peer has to answer. */
const most = 65_536;

export class AwaitedKeys<Id> {
  readonly #keys = new Map<Id, string | number>();

  add(id: Id, key: string | number): void {
    this.#keys.set(id, key);
    if (this.#keys.size > most) this.#keys.delete(this.#keys.keys().next().value as Id);
  }

  /** The key of an answer, once; `undefined` when none was asked for. */
  take(id: Id): string | number | undefined {
    const key = this.#keys.get(id);
    this.#keys.delete(id);
    return key;
  }
}
