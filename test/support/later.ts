/** Releases at the end of a test. `setup.ts` has the hook: files that share a process import a module once, and its own hook would run for the first file alone. */
const releases: (() => unknown)[] = [];

/** Runs after the test, the last one first. */
export function later(release: () => unknown): void {
  releases.push(release);
}

export async function releaseAll(): Promise<void> {
  for (const release of releases.splice(0).reverse()) await release();
}
