/** Protocols over lines whose dialogues have the members that a test gives, and the peer of such a test. */
import type { About, Dialogue, Protocol } from '../../../src/ports/protocol.ts';
import { line } from '../../../src/protocols/line.ts';
import { withDialogue } from '../../../src/protocols/over.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import type { World } from '../../support/world.ts';

export type Change = Partial<Dialogue<string>>;

export function lineWith(change: Change | ((about: About) => Change)): Protocol<string> {
  return withDialogue(line(), (_, about) => (typeof change === 'function' ? change(about) : change));
}

/** The same, encoded by its dialogues: when a message leaves, and not when it is sent. */
export function lazyLineWith(change: Change | ((about: About) => Change)): Protocol<string> {
  const { encode: _, ...lazy } = lineWith(change);
  return lazy;
}

/** Serves `feed`: keeps the peers, and all the text that each received. */
export function recordedFeed(here: World, onText: (text: string, peer: MemoryPeer) => void = () => {}) {
  const peers: MemoryPeer[] = [];
  const heard: string[] = [];
  here.network.serve('feed', (peer) => {
    const at = peers.push(peer) - 1;
    heard[at] = '';
    peer.onData = (chunk) => {
      const text = new TextDecoder().decode(chunk);
      heard[at] += text;
      onText(text, peer);
    };
    peer.onEnd = () => peer.end();
  });
  return { peers, heard };
}

export const answering = (text: string, peer: MemoryPeer) => {
  if (text.includes('PING')) peer.write('PONG\n');
};
