/** The declarations in a project without the types of Node: they compile in whole, and nothing of them is `any`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from './support/project.ts';

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
  const receipt = await feed.send('text');
  await supervisor[Symbol.asyncDispose]();
  return receipt.outcome;
}
`;

const project = new Project();
beforeAll(async () => {
  await project.install(
    versions.map((version) => `typescript-${version}@npm:typescript@${version}`),
    'module',
  );
  project.write('source.ts', source);
}, 250_000);
afterAll(() => project.remove());

test.each(matrix)(
  'types: TypeScript %s with %s and the condition %s compiles all, without the types of Node',
  async (version, resolution, condition) => {
    const module = modules.find(([, each]) => each === resolution)?.[0];
    const file = `tsconfig.${version}.${resolution}.${condition}.json`;
    const compilerOptions = {
      ...{
        noEmit: true,
        strict: true,
        skipLibCheck: false,
        target: 'es2022',
        lib: ['es2022', 'dom'],
        types: [],
      },
      ...{ module, moduleResolution: resolution },
      ...(condition === 'browser' && { customConditions: ['browser'] }),
    };
    project.write(file, JSON.stringify({ compilerOptions, files: ['source.ts'] }));
    const tsc = `node_modules/typescript-${version}/bin/tsc`;
    const answer = project.output(process.execPath, tsc, '-p', file).catch(({ stdout }) => stdout);
    expect(await answer).toBe('');
  },
);
