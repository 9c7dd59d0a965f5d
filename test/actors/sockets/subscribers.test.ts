/** Subscribers that throw: RxJS reports it in a macrotask, and the connection does not notice. */
import { config, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import type { ListeningSupervisor } from '../../../src/actors/supervisor/listening-supervisor.ts';
import { answersLines, plainServer } from '../../support/plain-peer.ts';
import { supervision } from '../../support/supervision.ts';
import { Watch } from '../../support/watch.ts';

class Unhandled extends Watch {
  readonly errors: unknown[] = [];
  readonly note = (error: unknown): void => {
    this.errors.push(error);
    this.happened();
  };
}

let unhandled = new Unhandled();

beforeEach(() => {
  unhandled = new Unhandled();
  config.onUnhandledError = unhandled.note;
});

afterEach(() => {
  config.onUnhandledError = null;
});

type Pick = (supervisor: ListeningSupervisor, connection: Connection) => Observable<unknown>;

const streams: [name: string, pick: Pick][] = [
  ['events$', ({ events$ }) => events$],
  ['state$', (_, { state$ }) => state$],
  ['messages$', (_, { messages$ }) => messages$],
];

describe.each(streams)('subscribers: a subscriber of %s that throws', (_name, pick) => {
  it('is reported by RxJS, once per throw, and the connection goes on', async () => {
    const { supervisor, events, reported } = supervision();
    const server = await plainServer((peer) => {
      answersLines(peer);
      void peer.saw('PING\n').then(() => peer.write('one\ntwo\n'));
    });
    const connection = supervisor.connect<string>({ url: server.url });
    const thrown: Error[] = [];
    let unreported = 0;
    pick(supervisor, connection).subscribe(() => {
      const error = new Error('from a subscriber');
      thrown.push(error);
      // Not within the throw: the emitting code must not see the exception.
      unreported = Math.max(unreported, thrown.length - unhandled.errors.length);
      throw error;
    });
    const heard: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      connection.messages$.subscribe((message) => heard.push(message) === 2 && resolve());
    });
    await both;
    await connection.close();
    await unhandled.until(() => unhandled.errors.length === thrown.length);
    expect(thrown.length).toBeGreaterThan(1);
    expect(unreported).toBeGreaterThan(0);
    expect(unhandled.errors).toEqual(thrown);
    expect(heard).toEqual(['one', 'two']);
    expect(reported).toEqual([]);
    expect(events.states()).toEqual([
      '>connecting',
      'connecting>alive',
      'alive>closing:closed-by-us',
      'closing>closed:closed-by-us',
    ]);
  });
});
