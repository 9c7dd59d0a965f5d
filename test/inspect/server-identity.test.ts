/** The token that an inspector can be given, and the beat by which a page knows that its process runs. */
import { describe, expect, test } from 'vitest';
import { inspection } from '../../src/cli/inspection.ts';
import { createInspector } from '../../src/inspect/server.ts';
import { world } from '../support/world.ts';
import { ask, inspected, tokenOf } from './visitor.ts';

const token = 'a-token_of.16~ch';

describe('inspector: a token of the program', () => {
  test('opens the page, and any other is refused', async () => {
    const inspector = await inspected(world().supervisor, { token });
    expect(tokenOf(inspector)).toBe(token);
    expect((await ask(inspector, `/?token=${token}`)).status).toBe(200);
    expect((await ask(inspector, '/?token=another-token-16ch')).status).toBe(403);
  });

  test.each(['', 'too-short', 'x'.repeat(129), 'has a blank in it', 'ünsafe-characters!', 7])(
    'is refused without being quoted: %j',
    async (wrong) => {
      const refused = createInspector(world().supervisor, { token: wrong as string });
      await expect(refused).rejects.toThrow('token: "***" is not valid; expected 16 to 128 characters');
    },
  );

  test('comes from the environment by the name of its variable, and an error names the variable alone', async () => {
    const told: string[] = [];
    const output = { tell: ({ url }: { url?: unknown }) => told.push(String(url)) } as never;
    const env = { GOOD: token, BAD: 'short' };
    const settings = (inspectTokenEnv: string) => ({ inspect: 0, inspectTokenEnv });
    const { supervisor } = world();
    await inspection(supervisor, settings('GOOD'), env, output);
    expect(told).toEqual([expect.stringContaining(`token=${token}`)]);
    for (const name of ['BAD', 'MISSING']) {
      const refused = inspection(world().supervisor, settings(name), env, output);
      await expect(refused).rejects.toThrow(`--inspect-token-env: "${name}" is not valid`);
    }
    await supervisor.stop();
  });
});
