/** What stands between many connections and one endpoint. */
import type { Gate } from '../../wire.ts';
import { duration } from '../model/format.ts';
import * as state from '../model/state.ts';

const SHOWN = 3;

export function Gates() {
  const gates = state.gates.value;
  if (gates.length === 0) return null;
  // Those that hold somebody back come first.
  const ordered = [...gates].sort(
    (a, b) => Number(b.state === 'failed') - Number(a.state === 'failed') || b.waiting - a.waiting,
  );
  return (
    <section class="gates" aria-label="gates">
      <h2>gates</h2>
      <div class="gates-all">
        {ordered.slice(0, SHOWN).map((gate) => (
          <GateLine key={gate.endpoint} gate={gate} />
        ))}
        {ordered.length > SHOWN && <p class="gates-more">and {ordered.length - SHOWN} more</p>}
      </div>
    </section>
  );
}

function GateLine({ gate }: { readonly gate: Gate }) {
  const { endpoint, state: condition, window, inFlight, waiting, until } = gate;
  const now = state.now.value;
  const closedFor = until === undefined || until <= now ? undefined : duration(until - now);
  return (
    <p class={`gate gate-${condition}`}>
      <i class="dot" />
      <b>{endpoint}</b>
      <span>
        {inFlight} of {Math.floor(window)} dialling
      </span>
      <span>{waiting} waiting</span>
      {closedFor !== undefined && <span class="gate-closed">closed {closedFor}</span>}
    </p>
  );
}
