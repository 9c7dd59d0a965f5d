/** The events of a session, as its connection publishes them. Ids are secrets, of which the first digits are shown. */
import type { SessionMove } from '../actors/incarnation/recorder.ts';
import type { Journal } from '../actors/supervisor/journal.ts';
import { defined } from '../base/defined.ts';
import type { Framing } from './framing.ts';
import type { SessionLoss } from './info.ts';
import type { Numbered } from './outgoing.ts';
import { keep } from './slab.ts';
import { messageIn } from './wire.ts';

/** The connection in whose name events are published. */
interface Named {
  readonly id: string;
  readonly url: string;
  readonly incarnation: number;
  /** The flight recorder of the connection, if there is one, is told. */
  recorded(move: SessionMove): void;
}

/** The session of an event. */
interface Told {
  readonly id: string;
  readonly epoch: number;
  readonly resumed: boolean;
  readonly out: { readonly unacknowledged: number; readonly again: number };
}

const moves = { attached: 'greeted', detached: 'cut', ended: 'over' } as const;

/** Digits of an id that are shown: enough to tell sessions apart, too few to guess the rest. */
const SHOWN = 8;

export function shortened(id: string): string {
  return id.slice(0, SHOWN);
}

export class SessionReports {
  readonly #of: Named;
  readonly #journal: Pick<Journal, 'publish'>;

  constructor(of: Named, journal: Pick<Journal, 'publish'>) {
    this.#of = of;
    this.#journal = journal;
  }

  moved(told: Told, to: keyof typeof moves, reason: string | undefined): void {
    const { id, epoch, out } = told;
    const { unacknowledged } = out;
    const session = shortened(id);
    const greeted = to === 'attached' ? { resumed: told.resumed, replayed: out.again } : undefined;
    this.#record(to, greeted, reason);
    this.#journal.publish(
      defined({
        event: 'session',
        ...this.#name,
        session,
        epoch,
        to,
        ...greeted,
        unacknowledged,
        reason,
      } as const),
    );
  }

  lost({ id, reason, unacknowledged, resent }: SessionLoss): void {
    const session = shortened(id);
    const count = unacknowledged.length;
    this.#record('ended', undefined, reason);
    this.#journal.publish(
      { event: 'session-lost', ...this.#name, session, reason, unacknowledged: count, resent },
      'warn',
    );
  }

  stuck({ id, epoch, out }: Told, forMs: number): void {
    const { unacknowledged } = out;
    const session = shortened(id);
    this.#journal.publish(
      { event: 'session-stuck', ...this.#name, session, epoch, unacknowledged, forMs },
      'warn',
    );
  }

  #record(
    to: keyof typeof moves,
    { resumed, replayed } = { resumed: false, replayed: 0 },
    reason: string | undefined,
  ): void {
    this.#of.recorded({ chart: 'session', event: moves[to], to, resumed, replayed, reason });
  }

  get #name() {
    const { id, url, incarnation } = this.#of;
    return { connection: id, url, incarnation };
  }
}

/** The account of a session that is lost. */
export function lossOf(
  id: string,
  reason: SessionLoss['reason'],
  kept: readonly Numbered[],
  resent: boolean,
  framing: Framing,
): SessionLoss {
  return { id, reason, resent, unacknowledged: kept.map(({ chunk }) => dataOf(framing.frameOf(chunk))) };
}

function dataOf(frame: Uint8Array): string | Uint8Array {
  return messageIn(frame, keep) ?? frame;
}
