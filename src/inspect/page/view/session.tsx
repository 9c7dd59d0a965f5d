/** The session of the selected connection: its statechart, and what is on its way. */
import type { Row, RowSession } from '../../rows.ts';
import { chartAlone } from '../model/actions.ts';
import { bytes, count, duration } from '../model/format.ts';
import * as state from '../model/state.ts';
import { Canvas } from './canvas.tsx';
import { Overview } from './overview.tsx';

interface Props {
  readonly row: Row;
  readonly session: RowSession;
}

/** Beside the supervision chart, where all charts are drawn in full. */
export function SessionCanvas({ row, session }: Props) {
  const { step, session: moment } = state.moment.value;
  const chart = state.chartOf('session', row.reporter);
  return (
    <Canvas name="session" chart={chart} moment={moment} step={step} active={activeOf(session, chart)} />
  );
}

export function Session({ row, session }: Props) {
  const { move } = state.moment.value.session;
  const chart = state.chartOf('session', row.reporter);
  const active = activeOf(session, chart);
  return (
    <>
      {!chartAlone.value && (
        <Overview name="session" model={chart.model} move={move} active={active} wait={undefined} />
      )}
      <p class="session-line" data-session={session.id}>
        {factsOf(session).map(([name, value]) => (
          <span key={name}>
            {name} <b>{value}</b>
          </span>
        ))}
      </p>
    </>
  );
}

/** A session that follows a lost one is new, and of that there is no step. */
function activeOf({ node }: RowSession, { model }: state.DrawnChart): string | undefined {
  return model.nodes.find(({ id }) => id === node)?.id;
}

function factsOf(session: RowSession): (readonly [name: string, value: string])[] {
  const { id, epoch, resumed, outgoing, incoming, replayed, until } = session;
  const facts: (readonly [string, string | false])[] = [
    ['session', id === '' ? 'new' : id],
    ['epoch', `${epoch}${resumed ? ' · resumed' : ''}`],
    ['unacknowledged out', amount(outgoing)],
    ['in', amount(incoming)],
    ['replayed', count(replayed)],
    ['kept for', until !== undefined && duration(until - state.shownTime.value)],
  ];
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== false);
}

/** Bytes of the past are not known. */
function amount({ messages, bytes: size }: RowSession['outgoing']): string {
  return size === 0 ? count(messages) : `${count(messages)} · ${bytes(size)}`;
}
