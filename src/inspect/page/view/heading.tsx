/** Id, state and facts of the selected connection. */
import type { Row } from '../../rows.ts';
import type { ReporterMessage } from '../../wire.ts';
import { goLive } from '../model/actions.ts';
import { clockTime, duration, ms } from '../model/format.ts';
import { idOf, stoppedReporter } from '../model/reporters.ts';
import * as state from '../model/state.ts';
import { ActionButtons } from './act.tsx';
import { HourStrip } from './band.tsx';
import { CompareMark } from './compare.tsx';
import { Fact, PeerFacts, TrafficFacts, vitalsText } from './facts.tsx';
import { Pill, shownPhase, substateOf, Wait } from './phase.tsx';

export function Heading() {
  const row = state.selectedRow.value;
  if (row === undefined)
    return <div class="heading heading-empty">Select a connection with ↑ ↓ or a click.</div>;
  const { id, reporter, url, protocol, mode, side, incarnation, rttMs, since } = row;
  const now = state.shownTime.value;
  return (
    <div class={`heading s-${shownPhase(row)}`}>
      <div class="heading-name">
        <h1>{idOf(id)}</h1>
        <Pill row={row} />
        {substateOf(row) !== undefined && <span class="heading-sub">{substateOf(row)}</span>}
        <Why row={row} now={now} />
        <CompareMark />
        <ActionButtons />
        <Past />
      </div>
      <dl>
        <Fact name="endpoint" value={url} wide />
        {reporter !== undefined && <Fact name="reported by" value={reporter} title={vitalsText(reporter)} />}
        <Fact
          name="protocol"
          value={[protocol, mode, side === 'accept' && 'accepted'].filter(Boolean).join(' · ')}
        />
        <Fact name="incarnation" value={`#${incarnation}`} />
        <Fact name="rtt" value={rttMs === undefined ? '–' : ms(rttMs)} />
        <Fact name="in state" value={duration(now - row.stateSince)} />
        <Fact name="age" value={duration(now - since)} />
        <TrafficFacts row={row} />
        <PeerFacts row={row} now={now} />
      </dl>
      <HourStrip id={id} />
    </div>
  );
}

/** Evidence of a suspicion, attempt of a wait, or reason of the last exit. */
function Why({ row, now }: { readonly row: Row; readonly now: number }) {
  const { status, evidence, reason, code } = row;
  const stopped = stoppedReporter(row);
  if (stopped !== undefined) return <span class="heading-why">{silenceOf(stopped)}</span>;
  const why = `${reason ?? ''}${code === undefined ? '' : ` · ${code}`}`;
  if (status === 'waiting') {
    return (
      <span class="heading-why">
        <Wait row={row} now={now} /> {why}
      </span>
    );
  }
  if (evidence !== undefined) {
    const { silentSince, probes, rtoMs, queuedBytes } = evidence;
    const parts = [
      `silent ${duration(now - silentSince)}`,
      `${probes} ${probes === 1 ? 'probe' : 'probes'} unanswered`,
      `rto ${ms(rtoMs)}`,
      queuedBytes > 0 && `${queuedBytes} bytes queued`,
    ];
    return <span class="heading-why">{parts.filter(Boolean).join(' · ')}</span>;
  }
  if (why === '') return null;
  const over = status !== 'running' || row.state === 'closing' || row.state === 'closed';
  return <span class="heading-why">{over ? why : `before: ${why}`}</span>;
}

function silenceOf({ status, heardAt }: ReporterMessage): string {
  const ago = duration(state.now.value - heardAt);
  return status === 'silent'
    ? `stopped reporting ${ago} ago: frozen, or held by a debugger?`
    : `stopped reporting ${ago} ago: closed, or cut off`;
}

function Past() {
  const at = state.cursor.value;
  if (at === undefined) return null;
  return (
    <button type="button" class="past" title="Back to now (Esc)" onClick={goLive}>
      at {clockTime(at)}
      <span>{state.source.value === 'recording' ? 'to the end' : 'back to now'}</span>
    </button>
  );
}
