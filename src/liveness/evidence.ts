/** The evidence for a suspicion. Times in milliseconds. */
export interface Evidence {
  /** Since the last inbound byte. */
  readonly silenceMs: number;
  /** The wait after which an unanswered probe is suspicious. */
  readonly rtoMs: number;
  /** Unanswered probes. */
  readonly probes: number;
  /** By how much the timer that found it was late. */
  readonly lateMs: number;
  /** Bytes of ours that the socket has not taken yet. */
  readonly queuedBytes: number;
}
