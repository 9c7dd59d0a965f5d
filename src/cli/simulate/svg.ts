/** Attempts per second as a self-contained SVG that follows the viewer's light or dark color scheme. */

import { clip } from '../cell.ts';
import { label, opening, round } from '../svg-parts.ts';
import { integer, perClient, seconds, short, story } from './numbers.ts';
import type { Result, Results } from './results.ts';
import { resampled, type Scale, type Span, scaleOf, spanOf, timeTicks } from './scale.ts';

/** Scales and sizes that all strips share, in pixels. */
interface Frame {
  readonly scale: Scale;
  readonly span: Span;
  readonly capacity: number;
  x(second: number): number;
}

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 24;
const PLOT = WIDTH - LEFT - RIGHT;
/** Height above the first strip, with one line of text. */
const HEADER = 84;
/** Height of each further line of text. */
const LINE = 18;
/** Distance from one strip to the next; below, the place and height of the plot in it. */
const STRIP = 132;
const PLOT_TOP = 30;
const PLOT_HEIGHT = 84;
const FOOTER = 34;
const MAX_NAME_LENGTH = 32;

/** Colors of the picture, and of the page around it. */
export const palette = `
  :root, svg { --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --line: #d1d9e0; --down: #f3f5f7;
    --tried: #d9a514; --through: #2c974b; }
  @media (prefers-color-scheme: dark) {
    :root, svg { --paper: #0d1117; --ink: #f0f6fc; --muted: #9198a1; --line: #3d444d; --down: #171c23;
      --tried: #b5850b; --through: #3fb950; }
  }`;

const style = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; fill: var(--muted); }
  .title { font-size: 20px; font-weight: 600; fill: var(--ink); }
  .name { font-size: 15px; font-weight: 600; fill: var(--ink); }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  .value { fill: var(--ink); font-weight: 600; }
  .small { font-size: 11px; }
  .down { fill: var(--down); }
  .line { stroke: var(--line); fill: none; }
  .capacity { stroke: var(--ink); stroke-dasharray: 2 4; fill: none; }
  .mark { stroke: var(--ink); fill: none; }
  .tried { fill: var(--tried); }
  .through { fill: var(--through); }`;

export function svg(results: Results): string {
  const top = HEADER + LINE * (story(results.setting).length - 1);
  const bottom = top + STRIP * results.rows.length;
  const height = bottom + FOOTER;
  const frame = frameOf(results);
  const names = results.rows.map(({ figures }) => figures.policy).join(', ');
  return [
    opening(WIDTH, height, `aria-label="${escaped(`Attempts per second in a reconnect storm: ${names}`)}"`),
    `<style>${palette}${style}\n</style>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="var(--paper)"/>`,
    header(results, frame),
    ...results.rows.map((row, index) => strip(row, top + STRIP * index, frame)),
    ...(frame.span.upAt > 0 ? [note('server down', LEFT + 6, top)] : []),
    axis(frame, bottom),
    '</svg>\n',
  ].join('\n');
}

/** Escapes text for the content and the attributes of markup. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function frameOf(results: Results): Frame {
  const span = spanOf(results);
  return {
    scale: scaleOf(results, false),
    span,
    capacity: results.setting.capacity,
    x: (second) => LEFT + (PLOT * second) / span.seconds,
  };
}

function header({ setting }: Results, { scale }: Frame): string {
  const right = WIDTH - RIGHT;
  const tell = (line: string, index: number) => label(RIGHT, 60 + LINE * index, line);
  return [
    label(RIGHT, 36, 'Attempts per second', 'title'),
    ...story(setting).map(tell),
    ...[swatch('through', 'got through', 252), swatch('tried', 'tried', 148)],
    `<path d="M${right - 78} 32h16" class="capacity"/>${label(right, 36, 'capacity', 'end')}`,
    label(right, 60, `${scale.name} scale`, 'end'),
  ].join('\n');
}

function swatch(kind: string, name: string, fromRight: number): string {
  const x = WIDTH - RIGHT - fromRight;
  return `<rect x="${x}" y="26" width="11" height="11" rx="2" class="${kind}"/>${label(x + 17, 36, name)}`;
}

function strip({ figures, course }: Result, top: number, frame: Frame): string {
  const { x, span } = frame;
  const upAt = x(span.upAt);
  return [
    `<g transform="translate(0 ${top})">`,
    label(LEFT, 20, escaped(clip(figures.policy, MAX_NAME_LENGTH)), 'name'),
    summary(figures),
    `<rect x="${LEFT}" y="${PLOT_TOP}" width="${round(upAt - LEFT)}" height="${PLOT_HEIGHT}" class="down"/>`,
    ...frame.scale.feet.map((foot) => gridLine(foot, frame)),
    `<path d="${area(course.attemptsPerSecond, frame)}" class="tried"/>`,
    `<path d="${area(course.connectedPerSecond, frame)}" class="through"/>`,
    capacityLine(frame),
    mark(figures.t99, frame),
    '</g>',
  ].join('\n');
}

function summary({ peakPerSecond, peakAfterUp, wastedPerClient, t99, lost }: Result['figures']): string {
  const parts: readonly (readonly [name: string, value: string])[] = [
    ['peak', `${integer(peakPerSecond)}/s`],
    ['after server-up', `${integer(peakAfterUp)}/s`],
    ['wasted per client', perClient(wastedPerClient)],
    lost > 0 ? ['lost', integer(lost)] : ['t99', seconds(t99)],
  ];
  const spans = parts.map(([name, value], index) => {
    const gap = index === 0 ? '' : ' dx="18"';
    return `<tspan${gap}>${name} </tspan><tspan class="value">${value}</tspan>`;
  });
  return label(WIDTH - RIGHT, 20, spans.join(''), 'end');
}

function gridLine(foot: number, frame: Frame): string {
  const y = heightAt(foot, frame);
  return (
    `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" class="line"/>` +
    label(LEFT - 8, y + 4, short(foot), 'end small')
  );
}

/** The server's capacity, drawn from server-up on. */
function capacityLine(frame: Frame): string {
  const { capacity, span, x } = frame;
  return `<path d="M${round(x(span.upAt))} ${heightAt(capacity, frame)}H${WIDTH - RIGHT}" class="capacity"/>`;
}

/** A mark at t99; an arrow at the edge if t99 is beyond the picture. */
function mark(t99: number | null, { span, x }: Frame): string {
  if (t99 === null) return '';
  if (span.upAt + t99 > span.seconds) return note('t99 →', WIDTH - RIGHT, 0, 'end');
  const at = round(x(span.upAt + t99));
  const name = at > WIDTH - RIGHT - 40 ? note('t99', at - 5, 0, 'end') : note('t99', at + 5, 0);
  return `<path d="M${at} ${PLOT_TOP}V${PLOT_TOP + PLOT_HEIGHT}" class="mark"/>${name}`;
}

/** A label at the upper edge of the plot of a strip that begins at `top`. */
function note(text: string, x: number, top: number, anchor = ''): string {
  return label(x, top + PLOT_TOP + 12, text, `small${anchor && ` ${anchor}`}`);
}

/** The area below counts: a step for each second, or for each pixel if there are more seconds. */
function area(counts: readonly number[], frame: Frame): string {
  const columns = Math.min(frame.span.seconds, PLOT);
  const ground = PLOT_TOP + PLOT_HEIGHT;
  const path = [`M${LEFT} ${ground}`];
  let level = ground;
  for (const [column, count] of resampled(counts, frame.span, columns).entries()) {
    const y = count === 0 ? ground : Math.min(ground - 1, heightAt(count, frame));
    if (y !== level) path.push(`H${round(LEFT + (PLOT * column) / columns)}V${y}`);
    level = y;
  }
  return `${path.join('')}H${WIDTH - RIGHT}V${ground}Z`;
}

function axis({ span, x }: Frame, top: number): string {
  const y = top - STRIP + PLOT_TOP + PLOT_HEIGHT;
  const ticks = timeTicks(span, 12).map((tick) => {
    const at = round(x(span.upAt + tick));
    const name = tick === 0 ? 'server up' : `${tick > 0 ? '+' : '−'}${integer(Math.abs(tick))} s`;
    return `<path d="M${at} ${y}v6" class="line"/>${label(at, y + 22, name, 'middle small')}`;
  });
  return ticks.join('\n');
}

function heightAt(count: number, { scale }: Frame): number {
  return round(PLOT_TOP + PLOT_HEIGHT * (1 - scale.heightOf(count)));
}
