/** The head of a group in the list: its name, and its connections by condition. */
import { CONDITIONS, type Condition, conditionOf } from '../../band.ts';
import { phaseOf } from '../../counts.ts';
import type { Row } from '../../rows.ts';
import { count } from '../model/format.ts';
import { fold, type Group } from '../model/groups.ts';
import { stoppedReporter } from '../model/reporters.ts';

export function GroupLine({ group: { name, rows, open } }: { readonly group: Group }) {
  const counts = countsOf(rows);
  const troubled = (['gave-up', 'suspect', 'waiting'] as const).flatMap((condition) => {
    const number = counts.get(condition) ?? 0;
    return number === 0 ? [] : [{ condition, number }];
  });
  return (
    <button type="button" class="group" data-group={name} aria-expanded={open} onClick={() => fold(name)}>
      <i class="group-arrow" />
      <b>{name}</b>
      <span class="group-trouble">
        {troubled.map(({ condition, number }) => (
          <span key={condition} class={`s-${condition}`}>
            <i class="dot" /> {count(number)} {condition}
          </span>
        ))}
      </span>
      <span class="group-count">{count(rows.length)}</span>
      <span class="group-bar" aria-hidden="true">
        {CONDITIONS.map((condition) => (
          <i key={condition} class={`s-${condition}`} style={{ flexGrow: counts.get(condition) ?? 0 }} />
        ))}
      </span>
    </button>
  );
}

function countsOf(rows: readonly Row[]): ReadonlyMap<Condition, number> {
  const counts = new Map<Condition, number>();
  for (const row of rows) {
    const condition = stoppedReporter(row) === undefined ? conditionOf(phaseOf(row)) : undefined;
    if (condition !== undefined) counts.set(condition, (counts.get(condition) ?? 0) + 1);
  }
  return counts;
}
