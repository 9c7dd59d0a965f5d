/** The keys of gates. The key of a route is that of its host, `scheme://host:port`, and the path. */

const host = /^[^/]+\/\/[^/]+:\d+(?=\/|$)/;

/** The key of the host in the key of a route; a key without a port has one level, and stands for both. */
export function hostOf(key: string): string {
  return host.exec(key)?.[0] ?? key;
}

/** The keys of the gates that a dial passes: host and route, or one key that stands for both. */
export function levelsOf(key: string | undefined): readonly string[] {
  if (key === undefined) return [];
  const at = hostOf(key);
  return at === key ? [key] : [at, key];
}
