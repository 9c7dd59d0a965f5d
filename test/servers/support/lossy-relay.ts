/** A middleman before a server that loses what it is told to: a reply after the request was served, or a request. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { later, serving } from '../../transport/peers.ts';

export interface LossyRelay {
  readonly port: number;
  /** Replies that were lost so far. */
  readonly lost: number;
  /** Forwards the next request that has this in it, and cuts the connection when its reply comes. */
  loseReplyTo(pattern: RegExp): void;
  /** Cuts the connection when the next request that has this in it comes. */
  loseRequest(pattern: RegExp): void;
  /** Keeps the next request that has this in it. The result forwards it, and resolves with the reply. */
  keepRequest(pattern: RegExp): () => Promise<string>;
}

type Rule = (request: Buffer, pair: Pair) => boolean;

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

export async function lossyRelayTo(upstream: number): Promise<LossyRelay> {
  let rule: Rule | undefined;
  let lost = 0;
  const server = createServer((client) => {
    const target = connect({ port: upstream, host: '127.0.0.1' });
    const pair = { client, target };
    later(() => destroy(pair));
    for (const socket of [client, target]) {
      socket.on('error', () => {});
      socket.on('close', () => destroy(pair));
    }
    target.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk: Buffer) => {
      const applied = rule;
      if (applied?.(chunk, pair) !== true) target.write(chunk);
    });
  });
  await serving(server, { host: '127.0.0.1', port: 0 });

  /** `react` is called for the first request that fits; it is not forwarded. */
  const once = (pattern: RegExp, react: (request: Buffer, pair: Pair) => void) => {
    rule = (request, pair) => {
      if (!pattern.test(request.toString('latin1'))) return false;
      rule = undefined;
      react(request, pair);
      return true;
    };
  };
  return {
    port: (server.address() as AddressInfo).port,
    get lost() {
      return lost;
    },
    loseReplyTo: (pattern) =>
      once(pattern, (request, pair) => {
        pair.target.removeAllListeners('data').once('data', () => {
          lost++;
          destroy(pair);
        });
        pair.target.write(request);
      }),
    loseRequest: (pattern) => once(pattern, (_, pair) => destroy(pair)),
    keepRequest(pattern) {
      let forward = () => Promise.resolve('nothing was kept');
      once(pattern, (request, { client, target }) => {
        // The client may give up: the server still gets what is on its way.
        client.removeAllListeners('close');
        forward = () =>
          new Promise((resolve) => {
            target
              .removeAllListeners('data')
              .once('data', (reply: Buffer) => resolve(reply.toString('latin1')));
            target.write(request);
          });
      });
      return () => forward();
    },
  };
}

function destroy({ client, target }: Pair): void {
  client.destroy();
  target.destroy();
}
