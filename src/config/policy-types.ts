/** Generated from `table.ts` and `sentences.ts` by `npm run schema`. */
import type { ExitClass, ExitReason } from '../policy/exits.ts';

/** Every leaf of a policy. `Time` is the type of a duration. */
export interface PolicyOf<Time> {
  /** How a dead peer is noticed. */
  readonly heartbeat: {
    /**
     * `probe`: ask and be answered. `listen`: the peer announces itself. `announce`: this side announces
     * itself and expects no answer. `auto`: the mode of the protocol for this side. A mode that the protocol
     * does not have is refused when connecting. Default `auto`.
     */
    readonly mode: 'auto' | 'probe' | 'listen' | 'announce';
    /**
     * Whether pings are answered. A dialling side in `auto` announces itself if they are not. Default `true`.
     */
    readonly reply: boolean;
    /**
     * A heartbeat is due after `interval * U(0.9, 1)` of silence. `null`: no heartbeats, and no silence
     * verdict. Default `10s`.
     */
    readonly interval: Time | null;
    /**
     * Bounds of `d = clamp(SRTT + max(4 * RTTVAR, 1 ms), min, max)`, the wait from a probe to the suspicion.
     */
    readonly suspectAfter: {
      /** Lower bound of `d`, the wait from a probe to the suspicion. Default `500ms`. */
      readonly min: Time;
      /** Upper bound of `d = clamp(SRTT + max(4 * RTTVAR, 1 ms), min, max)`. Default `2s`. */
      readonly max: Time;
    };
    /**
     * Further probes after the first unanswered one, at `d`, `3d`, `7d`… as far as they fall before the
     * verdict. Default `3`.
     */
    readonly probes: number;
    /**
     * Time from the first unanswered probe to the verdict. `0`: condemned as soon as suspected. Default
     * `10s`.
     */
    readonly condemnAfter: Time;
    /**
     * Most time that a probe gets for the bytes handed to the kernel before it, at the rate of answered
     * probes, or at 8 kB/s: suspicion and verdict wait as much longer. Default `30s`.
     */
    readonly transitMax: Time;
  };
  /** How long each state may last. */
  readonly deadlines: {
    /** Time from dialling to an open socket; then `connect-timeout`. Default `10s`. */
    readonly connect: Time;
    /**
     * Time from an open socket to the hello or first proof of the peer; then `handshake-timeout`. Default
     * `10s`.
     */
    readonly handshake: Time;
    /**
     * Time without progress of our writes: suspected, and `write-timeout` after `heartbeat.condemnAfter`
     * more. `null`: no limit. Default `10s`.
     */
    readonly write: Time | null;
    /** Time for the goodbye; then the socket is destroyed. Default `2s`. */
    readonly close: Time;
    /**
     * Time for answers after the peer ended its stream (a half-close); then our side ends too. `null`: as
     * soon as accepted messages are sent. Default ``.
     */
    readonly halfClosed: Time | null;
    /**
     * Time for the functions that provide URL, headers, protocols and credentials, together; then
     * `provider-failed`. Default `10s`.
     */
    readonly provider: Time;
    /**
     * Time without business data in either direction, heartbeats not counted; then `idle-timeout`, a normal
     * exit. `null`: no limit. Default ``.
     */
    readonly idle: Time | null;
    /**
     * Lifetime of a healthy connection; then `max-age`, a normal exit after which a permanent connection
     * comes back. `null`: no limit. Default ``.
     */
    readonly maxAge: Time | null;
  };
  /** The steps after the end of a connection. */
  readonly reconnect: {
    /**
     * `permanent`: always comes back. `transient`: not after a normal exit. `temporary`: never. None comes
     * back after `close()` or a fatal exit. Accepted connections are always temporary. Default `permanent`.
     */
    readonly restart: 'permanent' | 'transient' | 'temporary';
    /**
     * The wait before each attempt. A `type` other than the one below starts from the defaults of that type;
     * without a `type` the one below is kept.
     */
    readonly backoff:
      | {
          readonly type: 'exponential';
          /** The first delay, before jitter. Default `1s`. */
          readonly base: Time;
          /** The ratio of each delay to the one before. Default `2`. */
          readonly factor: number;
          /** The longest delay, before jitter. Default `30s`. */
          readonly cap: Time;
          /** Applied after the cap. `full`: `U(0, d)`. `equal`: `U(d/2, d)`. `none`: `d`. Default `full`. */
          readonly jitter: 'full' | 'equal' | 'none';
        }
      | {
          readonly type: 'decorrelated';
          /** The first delay, before jitter. Default `1s`. */
          readonly base: Time;
          /** The longest delay, before jitter. Default `30s`. */
          readonly cap: Time;
        }
      | {
          readonly type: 'fixed';
          /** Every delay, before jitter. Default `5s`. */
          readonly delay: Time;
          /** Applied after the cap. `full`: `U(0, d)`. `equal`: `U(d/2, d)`. `none`: `d`. Default `full`. */
          readonly jitter: 'full' | 'equal' | 'none';
        }
      | {
          readonly type: 'table';
          /** The delays in order, before jitter; the last one repeats. Default `1s, 2s, 5s, 10s, 30s`. */
          readonly delays: readonly Time[];
          /** Applied after the cap. `full`: `U(0, d)`. `equal`: `U(d/2, d)`. `none`: `d`. Default `full`. */
          readonly jitter: 'full' | 'equal' | 'none';
        };
    /** Attempts in a row, then `gave-up`. `0`: the first exit is the last. `null`: no limit. Default ``. */
    readonly maxAttempts: number | null;
    /**
     * Gives up rather than begin an attempt later than this after the first exit. `null`: no limit. Default
     * ``.
     */
    readonly maxElapsed: Time | null;
    /**
     * Attempts start over at 1 when a connection was alive and proved for this long. Opening alone is not
     * enough: against a server that accepts and hangs up, delays go on growing. Default `10s`.
     */
    readonly stableAfter: Time;
    /**
     * Upper bound of `Retry-After` and `retry-after=7s`, before the upward jitter of up to a tenth. `0`:
     * hints are ignored. Default `5m`.
     */
    readonly maxHint: Time;
    /** More than `max` exits as `crashed` within `within` are a bug: gives up. */
    readonly crashes: {
      /** Exits as `crashed` within `within` that are tolerated; one more gives up. Default `5`. */
      readonly max: number;
      /** The time for which a crash counts. Default `1m`. */
      readonly within: Time;
    };
    /**
     * Moves a reason to the class `normal`, `retryable` or `fatal`, as in `{ "unauthorized": "retryable" }`.
     */
    readonly classes: Partial<Record<ExitReason, ExitClass>>;
    /**
     * Moves a code of an exit, or a range of codes, to a class, before `classes`: close codes, HTTP statuses
     * and the codes of platform errors, as in `{ "4004": "fatal", "4100-4199": "retryable" }`. A single code
     * counts before a range; of several ranges the last one counts.
     */
    readonly codes: Readonly<Record<string, ExitClass>>;
    /**
     * Fatal exits in a row that are retried at an endpoint that was stable before, as one bad answer of a
     * middlebox is no verdict. Stability starts the count over. `bad-config`, `message-too-big`, and a reason
     * or code that the config moved to `fatal`, are not retried. Default `5`.
     */
    readonly pardons: number;
    /**
     * While the connection is suspect, and its second probe unanswered, a standby is dialled at the next
     * endpoint or address, and takes its place if it proves its transport before the suspect one answers.
     * Without effect for protocols that have no proof short of their handshake. Default `false`.
     */
    readonly hedge: boolean;
  };
  /** Which of several URLs is dialled. Without effect for a single one. */
  readonly endpoints: {
    /** `shuffled`: in an order drawn once for each connection. Default `listed`. */
    readonly order: 'listed' | 'shuffled';
    /**
     * After a stable connection ended: back to the first endpoint, or again to the one that served. After any
     * other exit the next one follows. Default `true`.
     */
    readonly returnToFirst: boolean;
  };
  /** How connections that share an endpoint take turns. */
  readonly gate: {
    /**
     * Whether connections of one supervisor that dial the same scheme, host and port take turns; otherwise
     * each dials after its own backoff. Default `true`.
     */
    readonly enabled: boolean;
  };
  /** The bounds of the messages that wait to be sent. */
  readonly outbox: {
    /** Messages waiting at most. Default `1000`. */
    readonly messages: number;
    /** Bytes waiting at most. Default `16777216`. */
    readonly bytes: number;
    /** The time that a message may wait before it is `expired`. `null`: no limit. Default ``. */
    readonly age: Time | null;
    /**
     * When a message finds no room: `reject` refuses it (`never-sent`), `drop-oldest` evicts the oldest ones,
     * `drop-newest` evicts it (`evicted`). Default `reject`.
     */
    readonly overflow: 'reject' | 'drop-oldest' | 'drop-newest';
  };
}
