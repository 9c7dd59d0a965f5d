/**
 * XState's `setup`, with all its types and what the charts here use of it. The original also returns bound action
 * creators (`sendTo`, `enqueueActions`, …), which bundlers cannot leave out: 0.8 kB of a page, min+gzip.
 */
import { createMachine, type setup as setupOfXState } from 'xstate';

type Implementations = NonNullable<Parameters<typeof createMachine>[1]>;
type Config = Parameters<typeof createMachine>[0];

export const setup = ((implementations: Implementations) => ({
  createMachine: (config: Config) => createMachine(config, implementations),
})) as unknown as typeof setupOfXState;
