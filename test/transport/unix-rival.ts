/** A process that listens on unix sockets as its parent asks, and says its own number to each visitor. */
import type { Socket } from 'node:net';
import type { Bound } from '../../src/ports/transport.ts';
import { unix } from '../../src/transport/unix.ts';

interface Order {
  readonly listen?: string;
}

let bound: Bound | undefined;

async function listen(path: string): Promise<string | number> {
  try {
    bound = await unix().listen?.(new URL(`unix:${path}`), {
      accepted: (raw) => void (raw as Socket).end(String(process.pid)),
      failed: () => {},
    });
    return process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

async function obey({ listen: path }: Order): Promise<string | number> {
  if (path !== undefined) return listen(path);
  await bound?.close();
  bound = undefined;
  return 'closed';
}

process.on('message', async (order: Order) => process.send?.(await obey(order)));
process.send?.('ready');
