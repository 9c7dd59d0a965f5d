/** The hooks while React renders on a server: nothing is connected, and nothing stays. */
import { createContext, createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import {
  type SupervisorSource,
  useConnection,
  useConnectionState,
  useMessages,
} from '../../src/react/hooks.ts';
import { expectNothingLeft, world } from '../support/world.ts';

test.each(['supervisor', 'context'])('react on a server: with a %s nothing is dialled', async (kind) => {
  const here = world();
  const source: SupervisorSource = kind === 'context' ? createContext(here.supervisor) : here.supervisor;
  const Feed = () => {
    const connection = useConnection<string>(source, { url: 'memory://service' });
    useMessages(connection, () => expect.unreachable());
    return `${connection} ${useConnectionState(connection)}`;
  };
  expect(renderToString(createElement(Feed, null))).toBe('undefined undefined');
  await here.clock.run(5000);
  expect([[...here.supervisor.connections], here.events]).toEqual([[], []]);
  await expectNothingLeft(here);
});

test('react on a server: a connection that is there already has no state, as a page cannot know it', async () => {
  const here = world();
  const connection = here.supervisor.connect({ url: 'memory://service' });
  const State = () => String(useConnectionState(connection));
  expect(renderToString(createElement(State, null))).toBe('undefined');
  await expectNothingLeft(here);
});

test('react on a server: without a supervisor or a spec there is no connection', () => {
  const Feed = () =>
    String(useConnection(null, { url: 'memory://service' }) ?? useConnection(undefined, null));
  expect(renderToString(createElement(Feed, null))).toBe('undefined');
});
