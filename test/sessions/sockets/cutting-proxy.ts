/** A proxy in plain `node:net` that ends connections by chance: inside of a frame, by a reset, or by silence. Seeded. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { seeded } from '../../../src/base/seeded.ts';
import { later, serving } from '../../transport/peers.ts';

export interface CuttingProxy {
  readonly port: number;
  /** Ends so far, by their kind. */
  readonly cuts: Record<'cut' | 'reset' | 'frozen', number>;
  /** Ends nothing any more. */
  calm(): void;
}

/** `most`: each connection ends after at most so many bytes. */
export async function cuttingProxy(upstream: number, seed: number, most: number): Promise<CuttingProxy> {
  const random = seeded(seed);
  const cuts = { cut: 0, reset: 0, frozen: 0 };
  let isCalm = false;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ port: upstream, host: '127.0.0.1', allowHalfOpen: true });
    later(() => target.destroy());
    const kind = (['cut', 'reset', 'frozen'] as const)[Math.floor(random() * 3)] ?? 'cut';
    let left = 200 + Math.floor(random() * most);
    const end = () => {
      cuts[kind]++;
      left = Number.POSITIVE_INFINITY;
      if (kind === 'frozen') {
        client.pause();
        target.pause();
      } else if (kind === 'reset') {
        client.resetAndDestroy();
        target.resetAndDestroy();
      } else {
        client.destroy();
        target.destroy();
      }
    };
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (chunk: Buffer) => {
        const part = isCalm ? chunk : chunk.subarray(0, left);
        left -= part.length;
        to.write(part);
        if (!isCalm && left <= 0) end();
      });
      from.on('end', () => to.end());
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    };
    pass(client, target);
    pass(target, client);
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  return {
    port: (server.address() as AddressInfo).port,
    cuts,
    calm() {
      isCalm = true;
    },
  };
}
