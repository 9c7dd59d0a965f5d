/** The process of a connection, in an inspector to which several report. */
import { computed } from '@preact/signals';
import type { Row } from '../../rows.ts';
import { duration } from '../model/format.ts';
import { reporters, stoppedReporter } from '../model/reporters.ts';
import * as state from '../model/state.ts';

/** Whether the list has a column for the process: where another one reports, and in recordings of such a list. */
export const hasMany = computed(() => {
  if (reporters.value.size > 0) return true;
  state.version.value;
  if (state.source.value !== 'recording') return false;
  return [...state.rows.values()].some(({ reporter }) => reporter !== undefined);
});

export function Process({ row }: { readonly row: Row }) {
  const name = row.reporter ?? 'this process';
  return (
    <span
      class={`row-process${stoppedReporter(row) === undefined ? '' : ' row-process-stopped'}`}
      title={name}
    >
      <b class="row-reporter">{name}</b>
      <small>{aboutProcess(row)}</small>
    </span>
  );
}

/** Its id, or for how long it has said nothing. */
function aboutProcess(row: Row): string {
  const stopped = stoppedReporter(row);
  if (stopped !== undefined) {
    const silent = duration(state.now.value - stopped.heardAt);
    return stopped.status === 'silent' ? `frozen? ${silent}` : `gone ${silent}`;
  }
  const pid = row.reporter === undefined ? state.hello.value?.pid : reporters.value.get(row.reporter)?.pid;
  return pid === undefined ? '' : `pid ${pid}`;
}
