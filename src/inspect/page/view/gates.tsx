/** The gates of hosts and routes that limit the dials of several connections. */
import { useRef } from 'preact/hooks';
import type { Gate } from '../../rows.ts';
import { duration } from '../model/format.ts';
import { keyOf } from '../model/reporters.ts';
import * as state from '../model/state.ts';
import { nameOfGate } from '../model/wait.ts';

const SHOWN = 3;
/** Above this count a number replaces the slots. */
const DRAWN = 6;

export function Gates() {
  const gates = state.gates.value;
  const shown = useRef(false);
  shown.current ||= gates.length > 0;
  // Keeps the height of the list when gates come and go.
  if (!shown.current) return null;
  // Gates with waiting connections come first.
  const ordered = [...gates].sort(
    (a, b) => Number(b.state === 'failed') - Number(a.state === 'failed') || b.waiting - a.waiting,
  );
  return (
    <section class="gates" aria-label="gates">
      <header class="gates-head">
        <h2>gates</h2>
        <span>dialling</span>
        <span>waiting</span>
        <span>state</span>
      </header>
      <div class="gates-all">
        {ordered.slice(0, SHOWN).map((gate) => (
          <GateLine key={keyOf(nameOfGate(gate), gate.reporter)} gate={gate} />
        ))}
        {ordered.length === 0 && <p class="gates-more">nobody dials or waits</p>}
        {ordered.length > SHOWN && <p class="gates-more">and {ordered.length - SHOWN} more</p>}
      </div>
    </section>
  );
}

function GateLine({ gate }: { readonly gate: Gate }) {
  const { state: condition, window, inFlight, waiting, until } = gate;
  const now = state.now.value;
  const closedFor = until === undefined || until <= now ? undefined : duration(until - now);
  const name = nameOfGate(gate);
  const on = state.query.value === name;
  return (
    <button
      type="button"
      class={`gate gate-${condition}`}
      data-endpoint={name}
      title={`${condition}: ${inFlight} of ${window} dialling, ${waiting} waiting. Show its connections`}
      aria-pressed={on}
      onClick={() => (state.query.value = on ? '' : name)}
    >
      <i class="dot" />
      <b>{name}</b>
      <Slots taken={inFlight} of={window} />
      <span class="gate-waiting">{waiting}</span>
      <span class="gate-state">{closedFor === undefined ? condition : `closed ${closedFor}`}</span>
    </button>
  );
}

/** The window of a gate, and the dials in flight. */
function Slots({ taken, of }: { readonly taken: number; readonly of: number }) {
  const most = Math.max(taken, of);
  if (most > DRAWN)
    return (
      <span class="gate-dials">
        {taken} of {of}
      </span>
    );
  return (
    <span class="gate-slots" role="img" aria-label={`${taken} of ${of} dialling`}>
      {Array.from({ length: most }, (_, slot) => (
        <i key={slot} data-taken={slot < taken} />
      ))}
    </span>
  );
}
