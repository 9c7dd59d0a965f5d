/** What is shown, in the fragment of the URL, so that a reload or another window shows the same: no fragment leaves the browser. */
import { batch, effect } from '@preact/signals';
import { systemClock } from '../../../time/clock.ts';
import { type Panel, panel, select } from './actions.ts';
import { compared } from './compare.ts';
import { groupBy } from './groups.ts';
import { SORT_KEYS } from './query.ts';
import { keyOf, partsOf } from './reporters.ts';
import * as state from './state.ts';

/** Browsers limit how often a page may change its URL. */
const PAUSE_MS = 500;
const PANELS: readonly Panel[] = ['list', 'chart', 'events', 'measures'];

export function followHash(): void {
  apply(location.hash);
  addEventListener('hashchange', () => apply(location.hash));
  let due = false;
  effect(() => {
    const hash = hashOf();
    if (due || hash === location.hash) return;
    due = true;
    systemClock.scheduler.schedule(() => {
      due = false;
      // What was linked to has not come yet.
      if (state.source.value === 'live' && state.wanted.peek() === undefined)
        history.replaceState(null, '', hashOf() || location.pathname + location.search);
    }, PAUSE_MS);
  });
}

/** Empty where nothing is chosen. */
function hashOf(): string {
  const wanted = state.wanted.value;
  const { selected, query, order, cursor } = state;
  const { id, reporter } = namesOf(selected.value);
  const other = namesOf(compared.value);
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ['id', wanted === undefined ? id : undefined],
    ['process', reporter],
    ['with', other.id],
    ['with-process', other.reporter],
    ['q', query.value || undefined],
    ['sort', order.value && `${order.value.descending ? '-' : ''}${order.value.key}`],
    ['group', groupBy.value],
    ['at', cursor.value === undefined ? undefined : cursor.value.toFixed(3)],
    ['panel', panel.value === 'list' ? undefined : panel.value],
  ];
  const known = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const text = new URLSearchParams(known.map(([name, value]) => [name, value])).toString();
  return text === '' ? '' : `#${text}`;
}

function namesOf(key: string | undefined): { readonly id?: string; readonly reporter?: string } {
  return key === undefined ? {} : partsOf(key);
}

/** A fragment is foreign: what it does not say, or says wrongly, stays as by default. */
function apply(hash: string): void {
  const said = new URLSearchParams(hash.slice(1));
  const text = (name: string) => said.get(name) ?? undefined;
  const [id, other] = [text('id'), text('with')];
  batch(() => {
    state.query.value = text('q') ?? '';
    state.order.value = orderOf(text('sort'));
    groupBy.value = text('group');
    panel.value = PANELS.find((name) => name === text('panel')) ?? 'list';
    compared.value = other === undefined ? undefined : keyOf(other, text('with-process'));
    const at = Number.parseFloat(text('at') ?? '');
    if (id === undefined) return;
    const key = keyOf(id, text('process'));
    if (state.rows.has(key)) select(key);
    else state.wanted.value = key;
    if (Number.isFinite(at) && at >= 0) state.cursor.value = at;
  });
}

function orderOf(text = ''): typeof state.order.value {
  const key = SORT_KEYS.find((known) => known === text.replace('-', ''));
  return key === undefined ? undefined : { key, descending: text.startsWith('-') };
}
