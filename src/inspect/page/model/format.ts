/** Formats numbers and times. */

const LONGEST_DAYS = 99_999;

/** `4 ms`, `0.4 ms`, `1.2 s`; from ten minutes on like `duration`. */
export function ms(value: number): string {
  if (value >= 600_000) return duration(value);
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** `4.2 s` until a minute, then `3m 20s`, `2h 5m`, `3d 4h`, and at last `over 99999d`. */
export function duration(value: number): string {
  const seconds = Math.max(0, value) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return pair(seconds, 60, 'm', 1, 's');
  if (seconds < 86_400) return pair(seconds, 3600, 'h', 60, 'm');
  if (!(seconds < LONGEST_DAYS * 86_400)) return `over ${LONGEST_DAYS}d`;
  return pair(seconds, 86_400, 'd', 3600, 'h');
}

function pair(seconds: number, large: number, one: string, small: number, other: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${one}${rest === 0 ? '' : ` ${rest}${other}`}`;
}

const times = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** `14:03:12.345`. */
export function clockTime(at: number): string {
  return times.format(at);
}

export function date(at: number): string {
  return dates.format(at);
}

/** A time for file names: `20250131-140312`. */
export function stamp(at: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at);
  return parts.replaceAll(/[-:]/g, '').replace(', ', '-');
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

/** A number per second: `12`, `3.4`, `1.2k`. */
export function rate(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)}k`;
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

/** `0.4 %`, `12 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`;
}

/** `800 B`, `3.4 kB`, `1.2 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  return value < 999_950 ? `${(value / 1000).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
}
