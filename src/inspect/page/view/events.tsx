/** The events of the selected connection, with sender, receiver and outcome. */
import { useLayoutEffect } from 'preact/hooks';
import { lookAt } from '../model/actions.ts';
import { eventQuery, marked, stepMatches } from '../model/diff.ts';
import { clockTime } from '../model/format.ts';
import { showMessages } from '../model/live.ts';
import { outcomeOf } from '../model/notes.ts';
import * as state from '../model/state.ts';
import type { Step } from '../model/steps.ts';
import { modelOf, Params, short, wordOf } from './chart.tsx';
import { Inspect } from './inspect.tsx';
import { reveal, useWindow } from './use-window.ts';

const ROW = 27;

export function Events() {
  state.detailVersion.value;
  const all = state.detail.value?.steps ?? [];
  const past = state.cursor.value !== undefined;
  const { step: shown, index: place } = state.moment.value;
  const words = eventQuery.value.toLowerCase().split(/\s+/).filter(Boolean);
  const steps = words.length === 0 ? all : all.filter((step) => stepMatches(step, words));
  const index = words.length === 0 ? place : steps.findLastIndex(({ t }) => t <= (shown?.t ?? 0));
  const { ref, first, end, onScroll } = useWindow(steps.length, ROW);
  const { length } = steps;
  useLayoutEffect(() => reveal(ref.current, index, ROW), [index, length, state.selected.value]);
  return (
    <section class="panel events" aria-label="events">
      <header>
        <h2>events</h2>
        <span class="panel-note">{noteOf(words.length > 0, past, place, length, all.length)}</span>
        <Search />
        <Messages />
      </header>
      <div class="log" ref={ref} onScroll={onScroll}>
        <ol style={{ height: `${length * ROW}px` }}>
          {steps.slice(first, end).map((step, offset) => (
            <li key={step.t} style={{ transform: `translateY(${(first + offset) * ROW}px)` }}>
              <Entry step={step} current={step === shown} />
            </li>
          ))}
        </ol>
        {length === 0 && <p class="nothing">{all.length > 0 ? 'No event matches.' : emptyReason()}</p>}
      </div>
      {(past || marked.value !== undefined) && shown !== undefined && <Inspect step={shown} />}
    </section>
  );
}

function noteOf(searched: boolean, past: boolean, place: number, found: number, all: number): string {
  if (all === 0) return '';
  if (searched) return `${found} of ${all}`;
  return `${past ? `${place + 1} of ` : ''}${all}`;
}

function Search() {
  return (
    <input
      id="search"
      class="search"
      type="search"
      placeholder="search"
      title="all words must match: event, sender, receiver, state, action or field (S)"
      aria-label="search in events"
      autocomplete="off"
      spellcheck={false}
      value={eventQuery.value}
      onInput={({ currentTarget }) => (eventQuery.value = currentTarget.value)}
    />
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
      data-marked={marked.value?.t === t}
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
