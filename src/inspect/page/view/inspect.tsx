/** All fields of one step, or what differs between it and a marked one. */
import { differencesOf, marked, markStep } from '../model/diff.ts';
import { clockTime, duration, ms } from '../model/format.ts';
import type { Step } from '../model/steps.ts';

export function Inspect({ step }: { readonly step: Step }) {
  const { value: mark } = marked;
  const other = mark !== undefined && mark.t !== step.t ? mark : undefined;
  return (
    <div class="inspect" data-diff={other !== undefined}>
      <p class="inspect-head">
        <span>{other === undefined ? clockTime(step.at) : apart(other, step)}</span>
        <button type="button" class="link" title="M" onClick={markStep}>
          {mark?.t === step.t ? 'marked: choose another step' : 'mark'}
        </button>
        {mark !== undefined && (
          <button type="button" class="link" onClick={() => (marked.value = undefined)}>
            clear
          </button>
        )}
      </p>
      {other === undefined ? <Fields step={step} /> : <Differences from={other} to={step} />}
    </div>
  );
}

/** `14:03:12.345 to 14:03:14.000, 1.6 s later`. */
function apart(one: Step, other: Step): string {
  const later = other.at - one.at;
  const distance = `${Math.abs(later) < 1000 ? ms(Math.abs(later)) : duration(Math.abs(later))} ${later < 0 ? 'earlier' : 'later'}`;
  return `${clockTime(one.at)} to ${clockTime(other.at)}, ${distance}`;
}

function Differences({ from, to }: { readonly from: Step; readonly to: Step }) {
  const differences = differencesOf(from, to);
  if (differences.length === 0) return <p class="nothing">Both steps are the same.</p>;
  return (
    <dl class="diff">
      {differences.map(({ path, before, after }) => (
        <div key={path} data-path={path}>
          <dt>{path}</dt>
          <dd>
            {before !== undefined && <del>{before}</del>}
            {before !== undefined && after !== undefined && ' → '}
            {after !== undefined && <ins>{after}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Fields({ step }: { readonly step: Step }) {
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
    <dl>
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

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}
