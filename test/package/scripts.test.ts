/** The scripts of `dist` that an entry loads at its import. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

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

test('scripts of dist import packages in their first line, so that a bundle has xstate and rxjs before holdfast', () => {
  const packages = Object.keys(manifest.dependencies).join('|');
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  const scripts = names.filter((name) => /^(chunks\/)?[^/]+\.js$/.test(name));
  const statements = new RegExp(`^(import|\\}) .*?from "(${packages})"`, 'gm');
  const found = scripts.flatMap((name) => {
    const [first = '', ...rest] = readFileSync(join(dist, name), 'utf8').split('\n');
    return { name, first: first.match(statements), rest: rest.join('\n').match(statements) };
  });
  expect(found.filter(({ first }) => first !== null).length).toBeGreaterThan(3);
  expect(found.filter(({ rest }) => rest !== null)).toEqual([]);
});
