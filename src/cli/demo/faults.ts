/** The faults of the demo, each played on real sockets at the server's side. */
import type { Service } from './service.ts';

/** The kinds that the script plays in turn. */
export type ScriptedKind = 'close' | 'reset' | 'freeze' | 'down' | 'flaky';
/** `restart`: of the server of the session. */
export type FaultKind = ScriptedKind | 'restart';

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
export const faults: Readonly<Record<ScriptedKind, FaultPlan>> = {
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

export const RESTART = 'server restarts';

export function titleOf(kind: FaultKind): string {
  return kind === 'restart' ? RESTART : faults[kind].title;
}
