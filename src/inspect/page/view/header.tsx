/** The header: source, counts by state, filter and buttons. */

import { CONNECTION_STATES, type Counts } from '../../rows.ts';
import { helpOpen, theme, togglePause, toggleTheme } from '../model/actions.ts';
import { compared, pressCompare } from '../model/compare.ts';
import { count, date } from '../model/format.ts';
import { exportRecording, openFile } from '../model/recordings.ts';
import { reporters } from '../model/reporters.ts';
import * as state from '../model/state.ts';
import { Icon, IconButton } from './icons.tsx';

type Phase = keyof Counts;

const sometimes: readonly Phase[] = ['waiting', 'resting', 'left', 'gave-up'];

export function Header() {
  return (
    <header class="header">
      <Brand />
      <Chips />
      <Filter />
      <div class="buttons">
        {state.source.value === 'live' && (
          <IconButton
            icon={state.paused.value ? 'play' : 'pause'}
            title={state.paused.value ? 'Resume' : 'Pause'}
            keys="Space"
            text={state.paused.value ? 'resume' : 'pause'}
            pressed={state.paused.value}
            onClick={togglePause}
          />
        )}
        <IconButton
          icon="compare"
          title="Compare two connections"
          keys="C"
          pressed={compared.value !== undefined}
          disabled={state.selected.value === undefined}
          onClick={pressCompare}
        />
        <IconButton
          icon="export"
          title="Export a recording"
          keys="E"
          text="export"
          onClick={exportRecording}
        />
        <OpenButton />
        <IconButton
          icon={theme.value === 'dark' ? 'sun' : 'moon'}
          title={theme.value === 'dark' ? 'Light' : 'Dark'}
          keys="T"
          onClick={toggleTheme}
        />
        <IconButton icon="help" title="Keys" keys="?" onClick={() => (helpOpen.value = true)} />
      </div>
    </header>
  );
}

export function Brand() {
  return (
    <div class="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" />
        <path d="M5 17h6l3-8 5 15 3-7h5" />
      </svg>
      <div>
        <b>holdfast</b>
        <small>{about()}</small>
      </div>
    </div>
  );
}

function about() {
  const hello = state.hello.value;
  switch (state.source.value) {
    case 'none':
      return 'inspector';
    case 'recording':
      return (
        <span class="about-recording" title={state.recordingName.value}>
          recording · {hello === undefined ? '' : date(hello.now)}
        </span>
      );
    case 'live':
      return (
        <span
          class={`about-${state.link.value === 'open' && state.paused.value ? 'paused' : state.link.value}`}
          title={linkText()}
        >
          <i class="dot" />
          {linkText()}
        </span>
      );
  }
}

/** The page's knowledge about its own server. */
function linkText(): string {
  const pid = state.hello.value?.pid;
  switch (state.link.value) {
    case 'connecting':
      return 'connecting';
    case 'open':
      return [state.paused.value ? 'paused' : 'live', `pid ${pid}`, reporting()].filter(Boolean).join(' · ');
    case 'silent':
      return `no answer for ${state.silentFor.value} s: frozen?`;
    case 'lost':
      return 'process gone, trying again';
    case 'refused':
      return 'token refused: open the new URL';
  }
}

/** How many processes report, and how many of them have stopped. */
function reporting(): string {
  const all = [...reporters.value.values()];
  if (all.length === 0) return '';
  const stopped = all.filter(({ status }) => status !== 'reporting').length;
  const silent = stopped === 0 ? '' : `, ${stopped} stopped`;
  return `${all.length} ${all.length === 1 ? 'reporter' : 'reporters'}${silent}`;
}

function Chips() {
  const counts = state.shownCounts.value;
  const shown: Phase[] = [...CONNECTION_STATES, ...sometimes.filter((phase) => counts[phase] > 0)];
  return (
    <fieldset class="chips" aria-label="connections by state">
      {shown.map((phase) => (
        <Chip key={phase} phase={phase} number={counts[phase]} />
      ))}
    </fieldset>
  );
}

function Chip({ phase, number }: { readonly phase: Phase; readonly number: number }) {
  const word = `state:${phase}`;
  const on = state.query.value.split(/\s+/).includes(word);
  return (
    <button
      type="button"
      class={`chip s-${phase}${number === 0 ? ' chip-none' : ''}`}
      title={`show ${phase}`}
      aria-pressed={on}
      onClick={() => (state.query.value = on ? without(word) : `${without(/^state:\S+$/)} ${word}`.trim())}
    >
      <i class="dot" />
      <span>{phase}</span>
      <b>{count(number)}</b>
    </button>
  );
}

function without(word: string | RegExp): string {
  const words = state.query.value.split(/\s+/);
  return words.filter((other) => (typeof word === 'string' ? other !== word : !word.test(other))).join(' ');
}

function Filter() {
  return (
    <label class="filter">
      <Icon name="search" />
      <input
        id="filter"
        type="search"
        placeholder="state:suspect rtt>200"
        title="id, endpoint or reason; state: status: reason: protocol: side: rtt> attempt> age< for> ; -word negates (/)"
        aria-label="filter"
        autocomplete="off"
        spellcheck={false}
        value={state.query.value}
        onInput={({ currentTarget }) => (state.query.value = currentTarget.value)}
      />
    </label>
  );
}

/** A label covers the file input, which cannot be styled. */
export function OpenButton({ text = 'open' }: { readonly text?: string }) {
  return (
    <label class="button" title="Open a recording (O)">
      <Icon name="open" />
      <span class="button-text">{text}</span>
      <input
        id="open"
        type="file"
        accept=".json,application/json"
        aria-label="Open a recording"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file !== undefined) void openFile(file);
          currentTarget.value = '';
        }}
      />
    </label>
  );
}
