/** The ways in which a process is kept from listening while its peer is well. */
import { stat } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeze, type ServerProcess } from './support/processes.ts';
import { sized } from './support/size.ts';

export interface Stall {
  readonly title: string;
  /** Begins once every link has just sent something, the answer being 60 ms away; else at any moment. */
  readonly afterPing: boolean;
  /** How many times. */
  readonly times: number;
  run(ms: number, server: ServerProcess): Promise<void>;
}

export const stalls: Readonly<Record<string, Stall>> = {
  io: {
    title: 'blocked in an I/O callback, right after a ping',
    afterPing: true,
    times: sized(20, 1),
    run: blockedIn((block) => stat('.', block)),
  },
  immediate: {
    title: 'blocked in setImmediate, right after a ping',
    afterPing: true,
    times: sized(20, 1),
    run: blockedIn(setImmediate),
  },
  timer: {
    title: 'blocked in a timer, right after a ping',
    afterPing: true,
    times: sized(20, 1),
    run: blockedIn((block) => setTimeout(block, 1)),
  },
  anytime: {
    title: 'blocked in an I/O callback, at any moment',
    afterPing: false,
    times: sized(20, 1),
    run: blockedIn((block) => stat('.', block)),
  },
  suspended: {
    title: 'suspended with SIGSTOP, right after a ping',
    afterPing: true,
    times: sized(5, 1),
    run: async (ms) => void (await freeze(process.pid, ms).thawed),
  },
  held: {
    title: 'data every 50 ms, answers held back',
    afterPing: false,
    times: sized(5, 1),
    run: async (ms, server) => {
      server.hold(true);
      await sleep(2 * ms);
      server.hold(false);
    },
  },
};

/**
 * To the event loop a thread that sleeps is one that is busy; but this one leaves the processor to the
 * server and to the other clients that are being measured.
 */
function blockedIn(enter: (block: () => void) => void): Stall['run'] {
  return (ms) =>
    new Promise((resolve) => {
      enter(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
        resolve();
      });
    });
}
