/** Pictures of backoffs, drawn from the library's own delays, for light and dark pages. */
import { type Step, scheduleOf } from '../src/cli/check/schedule.ts';
import { label, opening, round } from '../src/cli/svg-parts.ts';
import { backoffDefaults, defaultPolicy } from '../src/config/policy.ts';
import { type BackoffPolicy, firstBackoff } from '../src/policy/backoff.ts';
import { virtualClock } from '../src/testing/clock.ts';

interface Panel {
  readonly title: string;
  readonly note: string;
  readonly backoff: BackoffPolicy;
}

const { exponential, decorrelated, fixed, table } = backoffDefaults;

const types: readonly Panel[] = [
  { title: 'exponential, full', note: 'the default', backoff: exponential },
  { title: 'exponential, equal', note: 'never below half', backoff: { ...exponential, jitter: 'equal' } },
  { title: 'exponential, none', note: 'all clients at once', backoff: { ...exponential, jitter: 'none' } },
  { title: 'decorrelated', note: 'follows the delay before', backoff: decorrelated },
  { title: 'fixed', note: '5 s, full jitter', backoff: fixed },
  { title: 'table', note: '1, 2, 5, 10, 30 s, full jitter', backoff: table },
];

const STYLE = `<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
tspan { font-weight: 400; fill: #57606a }
.title { font-weight: 600; fill: #1f2328 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.axis { stroke: #d0d7de }
.range { fill: #54aeff; fill-opacity: .35 }
.median { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 }
  tspan { fill: #9198a1 }
  .title { fill: #f0f6fc }
  .axis { stroke: #3d444d }
  .range { fill: #388bfd; fill-opacity: .4 }
  .median { fill: #79c0ff }
}
</style>`;

const ATTEMPTS = 12;
const WIDTH = 240;
const HEIGHT = 150;
const GAP = 28;
const LEFT = 34;
const TOP = 40;
const LONGEST_MS = 30_000;

/** Ranges and medians of each type, in small pictures that share their axes. */
function ranges(): string {
  const columns = 3;
  const cells = types.map((panel, index) => {
    const x = LEFT + (index % columns) * (WIDTH + GAP);
    const y = TOP + Math.floor(index / columns) * (HEIGHT + 66);
    return group(x, y, rangePanel(panel, index));
  });
  const width = LEFT + columns * (WIDTH + GAP);
  return svg(width, 2 * (HEIGHT + 66), 'Delays of attempts 1 to 12 by type of backoff', cells);
}

function rangePanel({ title, note, backoff }: Panel, index: number): string {
  const steps = scheduleOf({ ...defaultPolicy.reconnect, backoff }, ATTEMPTS);
  const y = (ms: number) => round(HEIGHT * (1 - ms / LONGEST_MS));
  const slot = WIDTH / ATTEMPTS;
  const bars = steps.map(({ attempt, leastMs, mostMs, medianMs }: Step) => {
    const x = round((attempt - 1) * slot + 3);
    const wide = round(slot - 6);
    const height = Math.max(2, round(y(leastMs) - y(mostMs)));
    return `<rect class="range" x="${x}" y="${y(mostMs)}" width="${wide}" height="${height}" rx="2"/>
<circle class="median" cx="${round(x + wide / 2)}" cy="${y(medianMs)}" r="3"/>`;
  });
  const levels = [0, 10, 20, 30].map(
    (
      seconds,
    ) => `<line class="axis" x1="0" x2="${WIDTH}" y1="${y(seconds * 1000)}" y2="${y(seconds * 1000)}"/>
${index % 3 === 0 ? label(-6, y(seconds * 1000) + 4, `${seconds} s`, 'end') : ''}`,
  );
  const numbers = [1, 4, 8, 12].map((attempt) =>
    label((attempt - 0.5) * slot, HEIGHT + 16, `${attempt}`, 'middle'),
  );
  return [heading(title, note), ...levels, ...bars, ...numbers].join('\n');
}

const CLIENTS = 1000;
const SECONDS = 120;
const SCALE = 250;

/** Attempts per second of clients that lost a server at the same time, which stays down. */
function herds(): string {
  const height = 90;
  const panels = types.slice(0, 3).map(({ title, backoff }, index) => {
    const counts = attemptsPerSecond(backoff);
    const peak = Math.max(...counts.slice(60));
    const slot = (3 * WIDTH) / SECONDS;
    const bars = counts.map((count, second) => {
      const tall = round(Math.min(1, count / SCALE) * height);
      return `<rect class="median" x="${round(second * slot)}" y="${round(height - tall)}" width="${round(slot - 1)}" height="${tall}"/>`;
    });
    const base = `<line class="axis" x1="0" x2="${3 * WIDTH}" y1="${height}" y2="${height}"/>`;
    const note = `at most ${peak} attempts in a second of the second minute`;
    const seconds = [0, 30, 60, 90, 120].map((each) =>
      label(each * slot, height + 16, `${each} s`, 'middle'),
    );
    return group(
      LEFT,
      TOP + index * (height + 62),
      [heading(title, note), base, ...bars, ...seconds].join('\n'),
    );
  });
  return svg(
    LEFT + 3 * WIDTH + GAP,
    3 * (height + 62),
    'Attempts a second of 1,000 clients by jitter',
    panels,
  );
}

/** The attempts in each second. Without jitter all 1,000 fall into one second; their bar is cut at the scale. */
function attemptsPerSecond(backoff: BackoffPolicy): readonly number[] {
  const { random } = virtualClock({ seed: 1 });
  const counts = new Array<number>(SECONDS).fill(0);
  for (let client = 0; client < CLIENTS; client++) {
    let next = firstBackoff(backoff, random);
    for (let at = next.delayMs; at < SECONDS * 1000; at += next.delayMs) {
      const second = Math.floor(at / 1000);
      counts[second] = (counts[second] ?? 0) + 1;
      next = next.next(random);
    }
  }
  return counts;
}

function heading(title: string, note: string): string {
  return `<text class="title" y="-14">${title}<tspan dx="10">${note}</tspan></text>`;
}

function group(x: number, y: number, content: string): string {
  return `<g transform="translate(${x} ${y})">\n${content}\n</g>`;
}

function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  return `${opening(width, height)}\n<title>${title}</title>\n${STYLE}\n${parts.join('\n')}\n</svg>\n`;
}

/** The pictures by their file in `docs`. */
export const pictures: Readonly<Record<string, () => string>> = {
  'backoff-types.svg': ranges,
  'backoff-jitter.svg': herds,
};
