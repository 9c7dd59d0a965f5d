/** The faults of the demo, each played on real sockets at the server's side. */
import type { Service } from './service.ts';

export type FaultKind = 'close' | 'reset' | 'freeze' | 'down' | 'flaky';

export interface FaultPlan {
  readonly title: string;
  /** Whether it hits one connection, or all of a server. */
  readonly scope: 'connection' | 'service';
  /** Milliseconds until `end`. */
  readonly lasts: number;
  begin(service: Service, id: string): void;
  end(service: Service): void | Promise<void>;
}

const ignore = () => {};

/** The faults in the order in which they are played. */
export const faults: Readonly<Record<FaultKind, FaultPlan>> = {
  close: {
    title: 'peer closes',
    scope: 'connection',
    lasts: 0,
    begin: (service, id) => service.peer(id)?.close(),
    end: ignore,
  },
  reset: {
    title: 'peer resets',
    scope: 'connection',
    lasts: 0,
    begin: (service, id) => service.peer(id)?.reset(),
    end: ignore,
  },
  freeze: {
    title: 'peer freezes',
    scope: 'connection',
    lasts: 0,
    begin: (service, id) => service.peer(id)?.freeze(),
    end: ignore,
  },
  down: {
    title: 'server down for 2 s',
    scope: 'service',
    lasts: 2000,
    begin: (service) => service.down(),
    end: (service) => service.up(),
  },
  flaky: {
    title: 'accepts and closes',
    scope: 'service',
    lasts: 1500,
    begin: (service) => {
      service.flaky = true;
      service.dropAll();
    },
    end: (service) => {
      service.flaky = false;
    },
  },
};
