/** A supervisor and a simulated network on one virtual clock. */
import { expect } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import {
  createListeningSupervisor,
  type ListeningSupervisor,
} from '../../src/actors/supervisor/listening-supervisor.ts';
import type { SupervisorOptions } from '../../src/actors/supervisor/options.ts';
import { framed } from '../../src/protocols/framed.ts';
import { line } from '../../src/protocols/line.ts';
import { raw } from '../../src/protocols/raw.ts';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { lineServer as answerLines } from '../../src/testing/lines.ts';
import { type MemoryNetwork, memoryNetwork } from '../../src/testing/network/memory.ts';

export interface World {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly supervisor: ListeningSupervisor;
  readonly events: LifecycleEvent[];
  /** Errors reported through `onError`, with where they came from. */
  readonly reported: [unknown, string][];
  /** State changes so far, as `from>to:reason`. */
  states(id?: string): string[];
}

export function world(options: Partial<SupervisorOptions> & { seed?: number } = {}): World {
  const { seed = 1, ...rest } = options;
  const clock = virtualClock({ seed });
  const network = memoryNetwork({ clock });
  const reported: [unknown, string][] = [];
  const supervisor = createListeningSupervisor({
    transports: [network.transport],
    protocols: { line, framed, raw },
    clock,
    onError: (error, where) => reported.push([error, where]),
    ...rest,
  });
  const events: LifecycleEvent[] = [];
  supervisor.events$.subscribe((event) => events.push(event));
  const states = (id?: string) =>
    events.flatMap((event) =>
      event.event === 'state' && (id === undefined || event.connection === id)
        ? [`${event.from ?? ''}>${event.to}${event.reason ? `:${event.reason}` : ''}`]
        : [],
    );
  return { clock, network, supervisor, events, reported, states };
}

/** A plain peer that answers `PING`, and echoes every other line. */
export const lineServer = answerLines();

/** Stops the supervisor, and expects that nothing of it is left. */
export async function expectNothingLeft({ clock, network, supervisor }: World): Promise<void> {
  let stopped = false;
  supervisor.stop().then(() => {
    stopped = true;
  });
  await clock.run(20_000);
  expect(stopped).toBe(true);
  expect([...supervisor.connections]).toEqual([]);
  expect(network.audit()).toMatchObject({ dialing: 0, open: { dial: 0 }, closedTwice: 0 });
}
