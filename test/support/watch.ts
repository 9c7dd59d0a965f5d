/** Waits for a condition instead of a time; the condition is checked after each event. */
export class Watch {
  readonly #looks = new Set<() => void>();

  /** Resolves at once if the condition holds already. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  protected happened(): void {
    for (const look of [...this.#looks]) look();
  }
}
