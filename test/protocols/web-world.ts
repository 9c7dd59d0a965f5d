/** A scripted WebSocket server `api.example` in virtual time, and a supervisor of pages with the default policy. */
import { handshakes } from '../../src/actors/incarnation/greeting.ts';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import { createSupervisor } from '../../src/actors/supervisor/supervisor.ts';
import { routes } from '../../src/endpoints/routed-plan.ts';
import { receipts } from '../../src/messages/receipts.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { MemoryWebSocketPeer } from '../../src/testing/network/memory-websocket-peer.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';

/** `answer` is called with each message of a client; `greet` with each client. */
export function webWorld(
  answer: (message: string | Uint8Array, peer: MemoryWebSocketPeer) => void,
  greet: (peer: MemoryWebSocketPeer) => void = () => {},
) {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  const sockets = memoryWebSockets(network, { wall: () => clock.wall() });
  const peers: MemoryWebSocketPeer[] = [];
  const heard: (string | Uint8Array)[] = [];
  sockets.serve('api.example', (peer) => {
    peers.push(peer);
    peer.onMessage = (message) => {
      heard.push(message);
      answer(message, peer);
    };
    greet(peer);
  });
  const supervisor = createSupervisor({
    transports: [sockets.transport],
    clock,
    parts: [handshakes, receipts, routes],
  });
  const states: string[] = [];
  supervisor.events$.subscribe((event: LifecycleEvent) => {
    if (event.event === 'state')
      states.push(event.reason === undefined ? event.to : `${event.to}:${event.reason}`);
  });
  return { clock, host: network.host('api.example'), peers, heard, supervisor, states };
}
