/** The commands of the model, each with when it may be given. */
import fc from 'fast-check';
import { type Host, hosts, type Stage } from './stage.ts';

/** The processes that stand still. All else is asked of the system, whose every step is checked by its ledger. */
export interface Model {
  readonly isHalted: Set<string>;
}

type Command = fc.AsyncCommand<Model, Stage>;

/** Credit of the client: it never sends beyond that. */
const MOST = 200;

function command(
  name: string,
  may: (model: Readonly<Model>) => boolean,
  act: (stage: Stage, model: Model) => unknown,
): Command {
  return {
    check: may,
    run: async (model, stage) => {
      await act(stage, model);
      await stage.run(1);
    },
    toString: () => name,
  };
}

const always = () => true;
const host = fc.constantFrom(...hosts);
const few = fc.integer({ min: 1, max: 8 });

const say = few.map((count) =>
  command(`say ${count}`, always, ({ client }) => {
    if (client.isAttached && client.unacknowledged + count <= MOST) client.say(count);
  }),
);
const tell = few.map((count) => command(`tell ${count}`, always, (stage) => stage.tell(count)));
const acknowledge = few.map((count) =>
  command(`acknowledge ${count}`, always, ({ client }) => client.isAttached && client.acknowledge(count)),
);
const dial = host.chain((at) =>
  fc.constantFrom(0, 10, 100).map((ms) =>
    command(`dial ${at} ${ms}`, always, (stage) => {
      stage.client.dial(at);
      return stage.run(ms);
    }),
  ),
);
const leave = fc.constant(command('leave', always, ({ client }) => client.leave()));
const cut = fc.constant(
  command('cut', always, ({ network }) => {
    for (const link of network.links) link.cut();
  }),
);
const wait = fc
  .constantFrom(5, 50, 300, 1000, 2500)
  .map((ms) => command(`wait ${ms}`, always, (stage) => stage.run(ms)));
const handlers = fc.constantFrom(0, 30, 700, 3000).map((ms) =>
  command(`handlers take ${ms}`, always, (stage) => {
    stage.handlerMs = ms;
  }),
);
const store = fc.constantFrom(0, 0, 20, 150).map((ms) =>
  command(`the store takes ${ms}`, always, (stage) => {
    stage.storeMs = ms;
  }),
);
const losses = fc.constantFrom(0, 0, 0.2).map((share) =>
  command(`the store loses ${share}`, always, (stage) => {
    stage.losses = share;
  }),
);
const transacts = fc.boolean().map((on) =>
  command(`handlers ${on ? 'transact' : 'do not transact'}`, always, (stage) => {
    stage.transacts = on;
  }),
);

function onProcess(name: string, act: (stage: Stage, at: Host, model: Model) => unknown) {
  return host.map((at) =>
    command(
      `${name} ${at}`,
      ({ isHalted }) => name === 'go on' || !isHalted.has(at),
      (stage, model) => act(stage, at, model),
    ),
  );
}

const kill = fc
  .record({ isSilent: fc.boolean(), isReplaced: fc.boolean() })
  .chain(({ isSilent, isReplaced }) =>
    onProcess(
      `kill${isSilent ? ' in silence' : ''}${isReplaced ? ' and replace' : ''}`,
      async (stage, at) => {
        if (!stage.at.get(at)?.isRunning) return;
        stage.at.get(at)?.die(isSilent);
        if (isReplaced) await stage.begin(at);
      },
    ),
  );
const stop = onProcess('stop', (stage, at) => {
  if (stage.at.get(at)?.isRunning) void stage.at.get(at)?.stop();
});
const begin = onProcess('begin', async (stage, at) => {
  const before = stage.at.get(at);
  // A process that stops keeps its port until its sockets are closed.
  if (before?.isStopping && !before.isDead) await stage.run(3000);
  if (before?.isRunning !== true) await stage.begin(at);
});
const halt = onProcess('halt', (stage, at, { isHalted }) => {
  if (!stage.at.get(at)?.isRunning) return;
  stage.at.get(at)?.halt();
  isHalted.add(at);
});
const goOn = onProcess('go on', (stage, at, { isHalted }) => {
  if (isHalted.delete(at)) stage.at.get(at)?.goOn();
});

/** By how often they are given. */
const weighted: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
  [6, say],
  [3, tell],
  [2, acknowledge],
  [5, dial],
  [1, leave],
  [1, cut],
  [3, wait],
  [2, handlers],
  [1, store],
  [1, losses],
  [1, transacts],
  [2, kill],
  [1, stop],
  [2, begin],
  [2, halt],
  [2, goOn],
];

export const commands = fc.commands(
  weighted.flatMap(([weight, each]) => Array<fc.Arbitrary<Command>>(weight).fill(each)),
  { maxCommands: 80, size: 'max' },
);
