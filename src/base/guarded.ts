/** Runs foreign code: `failed` hears of what it throws, and of the rejection when it returns a promise. */
export function guarded(code: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = code() as PromiseLike<unknown> | undefined;
    if (typeof result?.then === 'function') result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}
