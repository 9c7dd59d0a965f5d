/** The default logger, in processes of its own: it writes to their standard error. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { levelFrom, pinoLogger } from '../../src/presets/pino.ts';

const cwd = fileURLToPath(new URL('../..', import.meta.url));

/** The output of a module on standard output and standard error, the latter as lines of JSON. */
async function run(source: string, level = 'info') {
  const env = { ...process.env, HOLDFAST_LOG: level };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', source],
    { cwd, env },
  );
  const lines = stderr.split('\n').filter((line) => line !== '');
  return { stdout, lines: lines.map((line) => JSON.parse(line)) };
}

describe('the default logger', () => {
  test('writes all lines in order, including those before pino was loaded, with the fields of children', async () => {
    const { lines } = await run(`
      import { setImmediate as turn } from 'node:timers/promises';
      import { pinoLogger } from 'holdfast';
      const logger = pinoLogger();
      const child = logger.child({ connection: 'feed' });
      logger.info({ n: 1 }, 'first');
      child.child({ incarnation: 2 }).warn({ n: 2 });
      child.debug({ n: 'hidden' });
      await import('pino');
      await turn();
      child.error({ n: 3 });
      logger.child({ connection: 'other' }).info({ n: 4 });`);
    expect(lines).toMatchObject([
      { level: 30, n: 1, msg: 'first' },
      { level: 40, n: 2, connection: 'feed', incarnation: 2 },
      { level: 50, n: 3, connection: 'feed' },
      { level: 30, n: 4, connection: 'other' },
    ]);
  });

  test('importing holdfast loads neither pino nor ws, and unlogged events do not load pino', async () => {
    const { stdout } = await run(
      `
      import { createRequire } from 'node:module';
      import { createSupervisor } from 'holdfast';
      const supervisor = createSupervisor();
      supervisor.connect({ url: 'tcp://127.0.0.1:9' });
      await supervisor.stop();
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(loaded.filter((file) => /node_modules.(pino|ws)\\b/.test(file)).length);`,
      'silent',
    );
    expect(stdout).toBe('0\n');
  });

  test.each([
    ['trace', true, true],
    ['info', false, true],
    ['silent', false, false],
  ])('at %s answers isLevelEnabled before pino is loaded', (level, trace, error) => {
    const logger = pinoLogger({ level });
    expect([logger.isLevelEnabled?.('trace'), logger.isLevelEnabled?.('error')]).toEqual([trace, error]);
  });

  test('takes a level that customLevels defines', () => {
    expect(() => pinoLogger({ level: 'loud', customLevels: { loud: 70 } })).not.toThrow();
  });

  test('refuses an unknown level', () => {
    expect(() => levelFrom('loud')).toThrow(
      'HOLDFAST_LOG: "loud" is not valid; expected one of trace, debug',
    );
  });
});
