/** Lines with all that a dialogue may add: a handshake, an agreement, late encoding, acknowledgements, a window, last words. */
import { type HandshakeIo, type Protocol, Refused } from '../../src/ports/protocol.ts';
import { line } from '../../src/protocols/line.ts';
import { withDialogue } from '../../src/protocols/over.ts';

export const [hello, welcome, refused, bye] = ['HELLO', 'WELCOME', 'REFUSED', 'BYE'];

/** Messages that may be unacknowledged. */
const WINDOW = 2;

const ack = /^ACK (\d+)$/;

/** The dialling side; `GreetingClerk` is the other one. */
export function greeting(): Protocol<string> {
  const { encode: _, ...late } = withDialogue(line(), (beneath, about) => {
    let [sent, acknowledged] = [0, 0];
    const numberOf = (frame: unknown) => Number(typeof frame === 'string' && ack.exec(frame)?.[1]);
    return {
      handshake: async (io: HandshakeIo) => {
        about.write(beneath.encode(hello as string));
        for (;;) {
          const frame = await io.receive();
          if (frame === refused) throw new Refused({ reason: 'going-away', detail: 'not now' });
          if (frame === welcome) break;
        }
        const { interval } = about.policy.heartbeat;
        return {
          ...(interval !== null && { speak: 0.75 * interval }),
          resume: Number(about.previous ?? 0) + 1,
        };
      },
      encode: (text) => {
        const chunk = beneath.encode(text);
        sent++;
        return chunk;
      },
      acknowledges: (frame) => {
        const number = numberOf(frame);
        if (number > 0) acknowledged = Math.max(acknowledged, number);
        return number > 0 ? number : undefined;
      },
      isInternal: (frame) => numberOf(frame) > 0,
      get full() {
        return sent - acknowledged >= WINDOW;
      },
      goodbye: () => beneath.encode(bye as string),
    };
  });
  return { ...late, name: 'greeting' };
}
