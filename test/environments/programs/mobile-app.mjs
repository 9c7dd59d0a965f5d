/** An app of React Native without views: the classes of its platform, and what the test calls. */
import 'react-native/Libraries/Core/setUpXHR';
import { createSupervisor, websocketText } from 'holdfast';
import { phoenixUrl } from 'holdfast/phoenix';
import { memoryNetwork, memoryWebSockets, reaches, virtualClock } from 'holdfast/testing';
import { platform } from './mobile-platform.mjs';
import { signals } from './mobile-signals.mjs';
import { visit } from './visit.mjs';

const protocol = websocketText({ ping: 'ping', pong: 'pong' });

/** What a server says that lets nobody in without a token, and answers binary messages: to two connections. */
async function admitted(url) {
  const supervisor = createSupervisor();
  const refused = new Promise((resolve) => {
    supervisor.events$.subscribe(({ event, reason, detail }) => {
      if (event === 'state' && reason !== undefined) resolve(`${reason}: ${detail}`);
    });
  });
  supervisor.connect({ id: 'without', url });
  const said = [await refused];
  const headers = { authorization: 'Bearer token' };
  const heard = new Promise((resolve) => {
    const onMessage = (message) => resolve(String(message));
    supervisor.connect({ id: 'with', url, headers, onMessage }).send(Uint8Array.of(1, 2, 255));
  });
  said.push(await heard);
  await supervisor.stop();
  return said.join(', ');
}

/** The states of a connection whose phone loses its network and finds it again, then whether anything still listens. */
async function signalled(url) {
  const supervisor = createSupervisor({ signals });
  const states = [];
  const connection = supervisor.connect({ url, protocol });
  await connection.ready();
  const again = new Promise((resolve) => {
    connection.state$.subscribe((state) => {
      states.push(state);
      if (state === 'alive' && states.length > 1) resolve();
    });
  });
  platform.network({ isConnected: false });
  platform.network({ isConnected: true });
  await again;
  const seen = states.join(', ');
  platform.app('active');
  await supervisor.stop();
  return `${seen}; ${platform.listeners()} listeners`;
}

/** A server that is gone for a minute, in virtual time. */
async function outage() {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  const sockets = memoryWebSockets(network);
  sockets.serve('feed.example', (peer) => {
    peer.onMessage = (message) => peer.send(message === 'ping' ? 'pong' : message);
  });
  const heard = [];
  const supervisor = createSupervisor({ clock, transports: [sockets.transport] });
  const onMessage = (message) => heard.push(message);
  const feed = supervisor.connect({ url: 'ws://feed.example/?token=x', protocol, onMessage });
  feed.send('first');
  await reaches(feed, 'alive', clock, 2000);
  await clock.run(100);
  network.host('feed.example').down();
  await clock.run(60000);
  network.host('feed.example').up();
  await reaches(feed, 'alive', clock, 60000);
  feed.send('second');
  await clock.run(100);
  const stopped = supervisor.stop();
  await clock.run(5000);
  await stopped;
  return [...heard, clock.pending].join(', ');
}

globalThis.app = { admitted, outage, phoenixUrl, signalled, visit };
