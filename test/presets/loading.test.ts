/** pino and ws where they cannot be loaded, in processes of their own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const cwd = fileURLToPath(new URL('../..', import.meta.url));

/** What a program prints in which every import of `name` fails as in a bundle of esbuild. */
async function withoutPackage(name: string, program: string) {
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier === '${name}') throw new Error('Dynamic require of "events" is not supported');
    return next(specifier, context);
  }`;
  const source = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
    const { createSupervisor, pinoLogger, silentLogger } = await import('holdfast');
    ${program}`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], { cwd });
}

const remedy =
  'cannot be loaded: Dynamic require of "events" is not supported; keep NAME out of the bundle (esbuild: --external:NAME), ' +
  'or begin the bundle with "import { createRequire } from \'node:module\'; const require = createRequire(import.meta.url);"';

test('bundle: a dial over a ws that cannot be loaded ends as bad-config and says what the bundle lacks', async () => {
  const { stdout } = await withoutPackage(
    'ws',
    `const supervisor = createSupervisor({ logger: silentLogger });
    const { reason, detail } = await supervisor.connect({ url: 'ws://127.0.0.1:9' }).closed;
    console.log(reason, detail);
    await supervisor.listen({ url: 'ws://127.0.0.1:0' }).catch((error) => console.log(error.code, error.message));`,
  );
  const [dialled, listened] = stdout.trim().split('\n');
  expect(dialled).toContain(`bad-config ws ${remedy.replaceAll('NAME', 'ws')}`);
  expect(listened).toContain(`bad-config ws ${remedy.replaceAll('NAME', 'ws')}`);
});

test('bundle: a pino that cannot be loaded is one warning of the process, which goes on', async () => {
  const { stdout, stderr } = await withoutPackage(
    'pino',
    `const logger = pinoLogger();
    logger.info({ n: 1 }, 'first');
    logger.info({ n: 2 }, 'second');
    await new Promise(setImmediate).then(() => import('ws'));
    console.log(logger.isLevelEnabled('error'));`,
  );
  expect(stdout.trim()).toBe('false');
  expect(stderr.match(/holdfast logs nothing/g)).toHaveLength(1);
  expect(stderr).toContain(`pino ${remedy.replaceAll('NAME', 'pino')}`);
});
