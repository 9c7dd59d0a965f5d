/** A dialogue outside a connection, for scripted peers and for tests of protocols. */
import { having } from '../base/options.ts';
import type { About, Dialogue, Protocol } from '../ports/protocol.ts';

/** Opens a dialogue of the dialling side at `tcp://service:7000`, with an interval of 10 s, unless `about` says otherwise. */
export function dialogueOf<Out, Chunk>(
  protocol: Pick<Protocol<unknown, Out, Chunk>, 'open'>,
  about: Partial<About> = {},
): Dialogue<Out, Chunk> {
  return having<typeof protocol>('open', 'protocol', protocol).open(scriptedAbout(about));
}

/** The facts that `dialogueOf` opens a dialogue with. */
export function scriptedAbout(about: Partial<About>): About {
  return {
    side: 'dial',
    url: new URL('tcp://service:7000'),
    policy: { heartbeat: { interval: 10_000, condemnAfter: 10_000 } },
    write: () => {},
    warn: () => {},
    ...about,
  };
}
