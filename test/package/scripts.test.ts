/** The scripts of `dist` that an entry loads at its import. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

function scriptsOf(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const next = [join(dist, entry)];
  for (let script = next.pop(); script !== undefined; script = next.pop()) {
    if (seen.has(script)) continue;
    seen.add(script);
    const imports = readFileSync(script, 'utf8').matchAll(/^(?:import|export|\}) .*?from "(\.[^"]+)";$/gm);
    next.push(...[...imports].map(([, path = '']) => join(script, '..', path)));
  }
  return seen;
}

test.each(['index.js', 'browser.js', 'websocket-class.js'])(
  '%s loads at most 20 scripts: reading more takes longer than running them',
  (entry) => {
    const { size } = scriptsOf(entry);
    expect(size).toBeGreaterThan(5);
    expect(size).toBeLessThanOrEqual(20);
  },
);
