/** What a page does not use is left out of its bundle: each part is known by a name that it alone declares. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A value of the page's half of `holdfast`, and a declaration of the modules behind it that nothing else needs. */
const parts = {
  gates: /\bGates = class\b/,
  routes: /\bRoutedPlan = class\b/,
  handshakes: /\bfunction greeted\b/,
  policies: /\bfunction redrawnBackoff\b/,
  readers: /\bReader = class\b/,
  receipts: /\bSharedReceipt = class\b/,
  rests: /\bfunction restAfter\b/,
  resolvePolicy: /\bfunction resolvePolicy\b/,
  parsePolicy: /\bfunction parsePolicy\b/,
  workerClock: /\bfunction workerClock\b/,
  clockWorkerSource: /\bclockWorkerSource = /,
  websocketText: /\bfunction websocketText\b/,
  websocket: /\bfunction websocket\b/,
  line: /\bfunction line\b/,
  framed: /\bfunction framed\b/,
  raw: /\bfunction raw\b/,
  bytes: /\bfunction bytes\b/,
  json: /\bfunction json\b/,
  bounded: /\bfunction bounded\b/,
  worstCaseDetection: /\bfunction worstCaseDetection\b/,
} as const;
const names = Object.keys(parts) as (keyof typeof parts)[];
/** What another part brings along. */
const brought: Partial<Record<keyof typeof parts, readonly (keyof typeof parts)[]>> = {
  workerClock: ['clockWorkerSource'],
};

/** The bundle of a page that is this module, by the names of its sources; xstate and rxjs are left as imports. */
async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', logLevel: 'error' },
    external: [
      'xstate',
      'rxjs',
      '@opentelemetry/api',
      'engine.io-parser',
      'mqtt-packet',
      'react',
      'socket.io-parser',
    ],
  });
  return outputFiles[0]?.text ?? '';
}

const using = (...values: readonly string[]) =>
  bundled(`import { ${values.join()} } from 'holdfast'; globalThis.used = [${values.join()}];`);
const foundIn = (code: string) => names.filter((name) => parts[name].test(code));

test('left out: a page that uses everything has every part, by the names that this test looks for', async () => {
  expect(foundIn(await using('createSupervisor', ...names))).toEqual(names);
});

test('left out: a page with createSupervisor alone has none of the parts', async () => {
  expect(foundIn(await using('createSupervisor'))).toEqual([]);
});

test.each(names)('left out: a page that adds %s gets it alone', async (name) => {
  const expected = [name, ...(brought[name] ?? [])];
  expect(foundIn(await using('createSupervisor', name)).sort()).toEqual(expected.sort());
});

test('left out: a page that asks for an error alone gets less than 8 kB, and no supervisor', async () => {
  const code = await using('isHoldfastError', 'ConfigError');
  expect(code).not.toContain('SupervisorCore');
  expect(code.length).toBeLessThan(8000);
});

/** They import modules of Node, which a bundler for pages does not resolve. */
const ofNode = ['holdfast/inspect', 'holdfast/session/redis', 'holdfast/tcp'];
const entries = Object.entries(manifest.exports).flatMap(([path, entry]) =>
  typeof entry === 'string' ? [] : [path.replace('.', 'holdfast')],
);
test.each(entries.filter((entry) => !ofNode.includes(entry)))(
  'left out: of an import of nothing from %s nothing is left',
  async (entry) => {
    expect((await bundled(`import {} from '${entry}';`)).trim()).toBe('');
  },
);
