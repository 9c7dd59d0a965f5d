/** What tests wait for instead of time: a condition, looked at again whenever something happened. */
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
