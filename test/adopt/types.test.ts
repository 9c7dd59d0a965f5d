/** Checked by the compiler: the types of an adopted connection follow from its functions. */
import { expectTypeOf, test } from 'vitest';
import type { ListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { adopt } from '../../src/adopt/adopt.ts';
import type { Adopting } from '../../src/adopt/adoption.ts';

declare const supervisor: ListeningSupervisor;

class Client {
  readonly own = 1;
}

test('types of an adopted connection: client, messages in and out, credentials', () => {
  const adopted = () =>
    adopt(supervisor, {
      url: 'redis://host',
      name: 'client',
      credentials: { token: 'secret' },
      open({ credentials }: Adopting<Date, { token: string }>) {
        expectTypeOf(credentials).toEqualTypeOf<{ token: string } | undefined>();
        return new Client();
      },
      ping: async (client) => expectTypeOf(client).toEqualTypeOf<Client>(),
      send: (_, message: string) => message,
      drop: (client) => expectTypeOf(client).toEqualTypeOf<Client>(),
      onMessage: (message) => expectTypeOf(message).toEqualTypeOf<Date>(),
    });
  type Adopted = ReturnType<typeof adopted>;
  expectTypeOf<Adopted['client']>().toEqualTypeOf<Client | undefined>();
  expectTypeOf<Adopted['agreed']>().toEqualTypeOf<Client | undefined>();
  expectTypeOf<Parameters<Adopted['send']>[0]>().toEqualTypeOf<string>();
});

test('types of an adopted connection: without `send` nothing can be sent', () => {
  const adopted = () =>
    adopt(supervisor, {
      url: 'redis://host',
      name: 'client',
      open: async ({ credentials }) => {
        expectTypeOf(credentials?.username).toEqualTypeOf<string | undefined>();
        return new Client();
      },
      ping: async () => {},
      drop() {},
    });
  type Adopted = ReturnType<typeof adopted>;
  expectTypeOf<Adopted['client']>().toEqualTypeOf<Client | undefined>();
  expectTypeOf<Parameters<Adopted['send']>[0]>().toEqualTypeOf<never>();
});
