/** The page of the tests of protocols: each speaks to its server, and tells what came of it. */
import { type Connection, createSupervisor, handshakes, routes } from 'holdfast';
import { graphqlWs } from 'holdfast/graphql-ws';
import { phoenix, phoenixUrl } from 'holdfast/phoenix';
import { socketIo, socketIoUrl } from 'holdfast/socket.io';

const supervisor = createSupervisor({ parts: [handshakes, routes] });
const credentials = (token: string) => ({ handshake: { token } });

/** What was agreed and the message that follows, or the reason of the end. */
async function told<In, Out>(connection: Connection<In, Out>, message: Out): Promise<readonly unknown[]> {
  const heard = new Promise<In>((resolve) => connection.messages$.subscribe(resolve));
  const over = connection.closed.then(({ reason }) => [reason]);
  const done = connection
    .ready()
    .then(() => connection.send(message))
    .then(async () => [connection.agreed, await heard]);
  return Promise.race([over, done.catch(() => over)]);
}

const speak = {
  'graphql-ws': (host: string, token: string) =>
    told(
      supervisor.connect({
        url: `ws+graphql://${host}/graphql`,
        protocol: graphqlWs(),
        credentials: credentials(token),
      }),
      { type: 'subscribe', id: '1', payload: { query: '{ hello }' } },
    ),
  'socket.io': async (host: string, token: string) => {
    const connection = supervisor.connect({
      url: socketIoUrl(`ws+socketio://${host}`),
      protocol: socketIo(),
      credentials: credentials(token),
    });
    const event = { event: 'echo', args: [Uint8Array.of(1, 2), [Uint8Array.of(3)]] };
    const [agreed, message] = await told(connection, event);
    if (typeof message !== 'object' || message === null || !('args' in message)) return [agreed];
    const [bytes] = message.args as [Uint8Array];
    return [agreed, [bytes instanceof Uint8Array, ...bytes]];
  },
  phoenix: (host: string, token: string) =>
    told(
      supervisor.connect({
        url: phoenixUrl(`ws+phoenix://${host}/socket`),
        protocol: phoenix({ join: { room: {} } }),
        credentials: credentials(token),
      }),
      { topic: 'room', event: 'shout', payload: { n: 1 } },
    ),
};

Object.assign(globalThis, { speak });
