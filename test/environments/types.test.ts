/**
 * The declarations of all entries in a project, checked in whole: without the types of Node, but for the entries that are for Node
 * alone, and nothing of them is `any`.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { Project, test } from './support/project.ts';

const versions = ['5.4.5', '5.9.3', '7.0.2'];
/** `nodenext` resolves as `node16` does, and is compiled by the last version alone. */
const modules = [
  ['esnext', 'bundler'],
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
] as const;
const conditions = [[], ['browser']] as const;
const matrix = versions.flatMap((version) =>
  modules
    .filter(([module]) => module !== 'nodenext' || version === versions.at(-1))
    .flatMap(([, resolution]) =>
      conditions.map((condition) => [version, resolution, condition.join() || 'node'] as const),
    ),
);

/** Their options have sockets and TLS of Node; `holdfast/websocket` in Node alone. */
const ofNode = ['holdfast/tcp', 'holdfast/websocket'];
const entries = Object.entries(manifest.exports).flatMap(([path, entry]) =>
  typeof entry === 'string' ? [] : [path.replace('.', 'holdfast')],
);

/** Names each value of the entries that is `any`, or a function that takes or returns `any`, in an error of the compiler. */
const typed = (names: readonly string[]) => `
${names.map((name, index) => `import * as e${index} from '${name}';`).join('\n')}
type Is<T> = 0 extends 1 & T ? 'any' : 'typed';
type Untyped<T> = {
  [K in keyof T]: 'any' extends Is<T[K]> ? K
    : T[K] extends (...given: infer Given extends unknown[]) => infer Result
      ? 'any' extends Is<Result> | { [I in keyof Given]: Is<Given[I]> }[number] ? K : never
      : never;
}[keyof T];
export const none: [${names.map((_, index) => `Untyped<typeof e${index}>`).join(' | ')}] extends [infer Names] ? Names : never = undefined as never;
export const control: 'a' | 'b' | 'c' extends Untyped<{ a: any; b(): any; c(given: any): void; d: string }> ? true : never = true;
export const isNone: [typeof none] extends [never] ? true : typeof none = true;
`;

const source = `
import { createSupervisor, line, parseDuration, silentLogger } from 'holdfast';
import type { Connection, ConnectSpec, LifecycleEvent, Policy, PolicyConfig, Receipt, Supervisor } from 'holdfast';
type Is<T> = 0 extends 1 & T ? 'any' : 'typed';
type Every = [
  Is<Supervisor>, Is<Supervisor['connect']>, Is<Supervisor['events$']>, Is<Supervisor['gates']>, Is<Supervisor['stop']>,
  Is<Connection>, Is<Connection['send']>, Is<Connection['closed']>, Is<Connection['peer']>, Is<Connection['state$']>,
  Is<ConnectSpec['url']>, Is<ConnectSpec['credentials']>, Is<ConnectSpec['transport']>, Is<LifecycleEvent>,
  Is<Policy['heartbeat']>, Is<PolicyConfig['reconnect']>, Is<Receipt['confirmed']>, Is<ReturnType<typeof parseDuration>>,
];
export const every: Every[number] = 'typed';
export const none: 'any' extends Every[number] ? never : true = true;
export async function use(): Promise<string> {
  const supervisor = createSupervisor({ logger: silentLogger, heartbeat: { interval: '10s' } });
  const feed = supervisor.connect({ url: 'tcp://host:1', protocol: line(), onMessage: (text) => text.length });
  // @ts-expect-error: a line is text
  feed.send({ unframed: true });
  // @ts-expect-error: a duration has a unit
  supervisor.configure({ heartbeat: { interval: '10' } });
  const plain = supervisor.connect({ url: 'ws://host' });
  await plain.send(new Uint8Array(1));
  // @ts-expect-error: the default protocol carries text and bytes
  plain.send({ unframed: true });
  // @ts-expect-error: so does one given by name
  supervisor.connect({ url: 'tcp://host:1', protocol: 'line' }).send({ unframed: true });
  // @ts-expect-error: and one that is looked up
  supervisor.get('feed')?.send({ unframed: true });
  const receipt = await feed.send('text');
  await supervisor[Symbol.asyncDispose]();
  return receipt.outcome;
}
`;

const project = new Project();
beforeAll(async () => {
  await project.install(
    [
      ...versions.map((version) => `typescript-${version}@npm:typescript@${version}`),
      '@opentelemetry/api@1.9.1',
    ],
    'module',
  );
  project.write('source.ts', source);
  const anywhere = entries.filter((name) => !ofNode.includes(name));
  project.write('node.ts', typed(anywhere));
  project.write('browser.ts', typed([...anywhere, 'holdfast/websocket']));
}, 250_000);
afterAll(() => project.remove(), 60_000);

interface Compiling {
  readonly version: string;
  readonly resolution: string;
  readonly condition: string;
  readonly files: readonly string[];
  readonly types?: readonly string[];
}

/** What the compiler prints. */
async function compiled({ version, resolution, condition, files, types = [] }: Compiling): Promise<string> {
  const module = modules.find(([, each]) => each === resolution)?.[0];
  const file = `tsconfig.${[version, resolution, condition, ...types].join('.')}.json`;
  const compilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: false, target: 'es2022', lib: ['es2022', 'dom'], types },
    ...{ module, moduleResolution: resolution },
    ...(condition === 'browser' && { customConditions: ['browser'] }),
  };
  project.write(file, JSON.stringify({ compilerOptions, files }));
  const tsc = `node_modules/typescript-${version}/bin/tsc`;
  return project.output(process.execPath, tsc, '-p', file).catch(({ stdout }) => stdout);
}

test.each(matrix)(
  'types: TypeScript %s with %s and the condition %s compiles all, without the types of Node',
  async (version, resolution, condition) => {
    const files = ['source.ts', `${condition}.ts`];
    expect(await compiled({ version, resolution, condition, files })).toBe('');
  },
);

test('types: entries for Node alone compile with its types', async () => {
  await project.output('npm', 'install', '@types/node@20', '--no-audit', '--no-fund', '--loglevel=error');
  project.write('node-alone.ts', typed(ofNode));
  for (const version of ['5.4.5', '7.0.2']) {
    const program = {
      version,
      resolution: 'node16',
      condition: 'node',
      files: ['node-alone.ts'],
      types: ['node'],
    };
    expect(await compiled(program)).toBe('');
  }
}, 120_000);
