/** The report as text for a terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { durationText } from '../../base/duration.ts';
import type { Tree } from '../../config/merge.ts';
import { defaultPolicy } from '../../config/policy.ts';
import { policyTable } from '../../config/table.ts';
import { blamedBy } from '../../policy/gate.ts';
import { clip } from '../cell.ts';
import { frameless } from '../frameless.ts';
import type { Detection, Modes, Report, Verdict } from './report.ts';
import type { Step } from './schedule.ts';
import { leavesOf, valueAt, valueText } from './values.ts';

type Colors = ReturnType<typeof pc.createColors>;

const MARK = '●';
const BAR_WIDTH = 24;
/** Characters of a value at most: a list of delays can have any length. */
const MAX_VALUE_WIDTH = 22;

export function drawReport(file: string, report: Report, withColors: boolean): string {
  const colors = pc.createColors(withColors);
  const from = report.profile === undefined ? 'the defaults' : `the profile ${report.profile}`;
  return [
    `${colors.green('✔')} ${colors.bold(file)} is a valid policy.`,
    section(colors, 'Policy', `over ${from}; ${MARK} differs from the (default)`, drawPolicy(report, colors)),
    section(
      colors,
      'Detection',
      'worst case for a dead peer, without stalls of this process',
      drawDetection(report, colors),
    ),
    section(
      colors,
      'Schedule',
      'the delays before attempts, if every attempt fails at once',
      drawSchedule(report, colors),
    ),
    section(
      colors,
      'Exits',
      'the decision after the end of a connection, by reason',
      drawExits(report, colors),
    ),
  ].join('\n\n');
}

/** A rounded duration: `840ms`, `2.5s`, `4m 10s`, `3h 05m`. */
export function roughly(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const [large, small, units] =
    seconds < 3600
      ? [Math.floor(seconds / 60), seconds % 60, 'ms']
      : [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), 'hm'];
  return `${large}${units[0]} ${String(small).padStart(2, '0')}${units[1]}`;
}

function section(colors: Colors, title: string, subtitle: string, body: string): string {
  return `${colors.bold(title)}  ${colors.dim(subtitle)}\n${body}`;
}

function drawPolicy({ policy, changed }: Report, colors: Colors): string {
  const groups = Object.entries(policy) as [keyof Report['policy'], object][];
  const rows = groups.flatMap(([group, values]) =>
    leavesOf(values as Tree, policyTable[group], `${group}.`).map(({ path, kind, value }, index) => {
      const differs = changed.includes(path);
      const text = clip(valueText(kind, value), MAX_VALUE_WIDTH);
      const fallback = differs ? `(${valueText(kind, valueAt(defaultPolicy, path))})` : '';
      return [
        index === 0 ? colors.cyan(group) : '',
        differs ? colors.yellow(MARK) : '',
        path.slice(group.length + 1),
        differs ? colors.yellow(text) : text,
        colors.dim(fallback),
      ];
    }),
  );
  return table(rows);
}

function drawDetection({ detection, policy, protocol }: Report, colors: Colors): string {
  const transit = durationText(policy.heartbeat.transitMax);
  const kinds: Readonly<Record<Detection['watch'], string>> = {
    probe: `this side pings; ${transit} of it for bytes ahead`,
    listen: 'the peer sends heartbeats',
    exchange: 'both sides send heartbeats',
    announce: 'this side sends heartbeats, and expects none',
    write: 'the peer accepts no bytes',
  };
  const span = (ms: number | null) => (ms === null ? colors.dim('never') : durationText(ms));
  const rows = detection.map(({ watch, suspectMs, condemnMs }) => [
    watch,
    span(suspectMs),
    span(condemnMs),
    colors.dim(kinds[watch]),
  ]);
  const times = table([['', 'suspected', 'condemned', ''].map(colors.dim), ...rows]);
  return protocol === undefined ? times : `${times}\n${drawModes(protocol, colors)}`;
}

function drawModes({ name, dial, accept }: Modes, colors: Colors): string {
  const [dials, accepts] = [dial, accept].map((mode) => colors.bold(mode ?? 'no heartbeats'));
  return `  the protocol ${name}: ${dials} where it dials, ${accepts} where it accepts`;
}

function drawSchedule({ schedule, policy }: Report, colors: Colors): string {
  const longest = Math.max(...schedule.map(({ mostMs }) => mostMs));
  const certain = schedule.every(({ share }) => share === 1);
  const rows = schedule.map((step) => [
    String(step.attempt),
    roughly(step.leastMs),
    colors.bold(roughly(step.medianMs)),
    roughly(step.mostMs),
    roughly(step.elapsedMs),
    bar(step, longest, colors),
    step.share === 1 ? '' : colors.dim(`${(100 * step.share).toFixed(0)}%`),
  ]);
  const head = ['#', 'least', 'median', 'most', 'since exit', '', certain ? '' : 'reached'].map(colors.dim);
  const shown =
    schedule.length === 0 ? [] : [table([head, ...rows], ['right', 'right', 'right', 'right', 'right'])];
  return [...shown, `  ${colors.dim(endOf(policy.reconnect))}`].join('\n');
}

function endOf({ restart, maxAttempts, maxElapsed }: Report['policy']['reconnect']): string {
  if (restart === 'temporary') return 'No attempt: reconnect.restart is temporary.';
  const ends = [
    ...(maxAttempts === null ? [] : [`after ${maxAttempts} ${maxAttempts === 1 ? 'attempt' : 'attempts'}`]),
    ...(maxElapsed === null ? [] : [`${durationText(maxElapsed)} after the first exit`]),
  ];
  return ends.length > 0 ? `Gives up ${ends.join(', or ')}.` : 'And so on, without a limit.';
}

/** A bar from the least to the longest delay, with the median marked. */
function bar({ leastMs, medianMs, mostMs }: Step, longest: number, colors: Colors): string {
  const at = (ms: number) => Math.round((ms / longest) * (BAR_WIDTH - 1));
  const cells = Array.from({ length: BAR_WIDTH }, (_, cell) => {
    if (cell === at(medianMs)) return colors.green('●');
    return cell >= at(leastMs) && cell <= at(mostMs) ? colors.green('━') : ' ';
  });
  return cells.join('').trimEnd();
}

function drawExits({ exits, policy }: Report, colors: Colors): string {
  const paints = { restart: colors.green, leave: colors.cyan, 'give-up': colors.red };
  const words = { restart: 'restart', leave: 'leave', 'give-up': 'give up' };
  const rows = exits.map((verdict) => [
    verdict.moved ? colors.yellow(MARK) : '',
    verdict.reason,
    verdict.moved ? colors.yellow(verdict.class) : verdict.class,
    paints[verdict.decision](words[verdict.decision]),
    colors.dim(explain(verdict, policy.gate.enabled)),
  ]);
  return table([['', 'reason', 'class', '', ''].map(colors.dim), ...rows]);
}

function explain({ because, reason }: Verdict, gated: boolean): string {
  if (gated && because === 'backoff' && reason === 'upgrade-refused') {
    return "after backoff; 5xx: the route's gate";
  }
  const reasons: Readonly<Record<Verdict['because'], string>> = {
    backoff: "after backoff, or the peer's hint",
    hint: "after the peer's hint",
    gate: `through the ${blamedBy({ reason })}'s gate`,
    'closed-by-us': 'close() or stop() was called',
    temporary: 'restart is temporary',
    normal: 'transient: none after a normal exit',
    fatal: 'the next attempt would fail alike',
    attempts: 'maxAttempts allows no attempt',
    elapsed: 'the wait is longer than maxElapsed',
    crashes: 'crashes.max allows no crash',
  };
  return reasons[because];
}

function table(rows: readonly (readonly string[])[], aligns: ('left' | 'right')[] = []): string {
  const drawn = new Table({ ...frameless(2), colAligns: aligns });
  drawn.push(...rows.map((row) => [...row]));
  const lines = drawn.toString().split('\n');
  return lines.map((line) => `  ${line.trimEnd()}`).join('\n');
}
