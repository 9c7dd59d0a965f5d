/** The events of the selected connection, with sender, receiver and outcome. */
import { useLayoutEffect } from 'preact/hooks';
import { lookAt } from '../model/actions.ts';
import { clockTime } from '../model/format.ts';
import { showMessages } from '../model/live.ts';
import { outcomeOf } from '../model/notes.ts';
import * as state from '../model/state.ts';
import type { Step } from '../model/steps.ts';
import { modelOf, Params, short, wordOf } from './chart.tsx';
import { reveal, useWindow } from './use-window.ts';

const ROW = 27;

export function Events() {
  state.detailVersion.value;
  const steps = state.detail.value?.steps ?? [];
  const { index } = state.moment.value;
  const past = state.cursor.value !== undefined;
  const { ref, first, end, onScroll } = useWindow(steps.length, ROW);
  const { length } = steps;
  useLayoutEffect(() => reveal(ref.current, index, ROW), [index, length, state.selected.value]);
  return (
    <section class="panel events" aria-label="events">
      <header>
        <h2>events</h2>
        <span class="panel-note">{length === 0 ? '' : `${past ? `${index + 1} of ` : ''}${length}`}</span>
        <Messages />
      </header>
      <div class="log" ref={ref} onScroll={onScroll}>
        <ol style={{ height: `${length * ROW}px` }}>
          {steps.slice(first, end).map((step, offset) => (
            <li key={step.t} style={{ transform: `translateY(${(first + offset) * ROW}px)` }}>
              <Entry step={step} current={first + offset === index} />
            </li>
          ))}
        </ol>
        {length === 0 && <p class="nothing">{emptyReason()}</p>}
      </div>
      {past && <Inspect step={steps[index]} />}
    </section>
  );
}

function emptyReason(): string {
  if (state.selected.value === undefined) return 'No connection is selected.';
  return state.source.value === 'recording'
    ? 'The recording has no events of this connection.'
    : 'No event yet.';
}

function Messages() {
  if (state.hello.value?.mayShowMessages !== true) return null;
  return (
    <label class="check">
      <input type="checkbox" onChange={({ currentTarget }) => showMessages(currentTarget.checked)} /> messages
    </label>
  );
}

function Entry({ step, current }: { readonly step: Step; readonly current: boolean }) {
  const { at, t, event, from, to, unhandled, source, receiver, kind } = step;
  const moved = to !== undefined && from !== to;
  return (
    <button
      type="button"
      class={`entry entry-${kind}`}
      data-event={event.type}
      data-unhandled={unhandled}
      aria-current={current}
      tabIndex={-1}
      onClick={() => lookAt(t)}
    >
      <time>{clockTime(at)}</time>
      <span class="entry-who">
        <Actor name={source} class={`sender sender-${senderOf(source)}`} />
        {receiver !== source && <i>→</i>}
        {receiver !== source && <Actor name={receiver} />}
      </span>
      <span class="entry-what">
        <b>{typeOf(step)}</b>
        {kind !== 'lifecycle' && <Params event={event} />}
        {unhandled && <span class="tag tag-unhandled">unhandled</span>}
        {moved && (
          <span class={wordOf(to)} title={short(to)}>
            → {to.slice(to.lastIndexOf('.') + 1)}
          </span>
        )}
        {!moved && <span class="entry-actions">{outcomeOf(step, modelOf(step))}</span>}
      </span>
    </button>
  );
}

/** Where there is no room the number of an incarnation stays whole: `#1` of `#12` would be another one. */
function Actor({ name, ...rest }: { readonly name: string; readonly class?: string }) {
  const shown = nameOf(name);
  return (
    <span {...rest} title={name} {...(/^#\d+$/.test(shown) && { 'data-number': '' })}>
      {shown}
    </span>
  );
}

/** Removes the actor's id, which XState puts into the types of its own events. */
function typeOf({ event, source }: Step): string {
  return event.type.replace(`.${source}`, '');
}

/** Shortens `id#incarnation` to `#incarnation`, as the id is that of the selected connection. */
function nameOf(actor: string): string {
  const at = actor.lastIndexOf('#');
  return at === -1 ? actor : actor.slice(at);
}

function senderOf(source: string): string {
  return source.includes('#') ? 'actor' : source;
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

/** All fields of one step. */
function Inspect({ step }: { readonly step: Step | undefined }) {
  if (step === undefined) return null;
  const { event, guard, actions, edges, snapshot } = step;
  const { type: _, ...fields } = event;
  const facts: [string, unknown][] = [
    ...Object.entries(fields),
    ['guard', guard],
    ['edge', edges.join(', ') || undefined],
    ['actions', actions.join(', ') || undefined],
    ['context', snapshot?.context],
    ['output', snapshot?.output],
  ];
  return (
    <dl class="inspect">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value, rounded)}</dd>
          </div>
        ))}
    </dl>
  );
}
