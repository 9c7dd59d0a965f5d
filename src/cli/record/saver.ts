/** Writes the recording of `holdfast record`: at its end, and after a connection was condemned or gave up. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { audit, filter, type Subscription } from 'rxjs';
import type { LifecycleEvent } from '../../actors/supervisor/events.ts';
import type { Supervisor } from '../../actors/supervisor/supervisor.ts';
import type { ConfigProblem } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import type { Capture } from '../../inspect/capture.ts';
import type { Clock } from '../../time/clock.ts';
import { after } from '../lifetime.ts';
import type { Output } from '../output.ts';
import { messageOf } from '../problems.ts';
import { replaceFile } from '../replace-file.ts';

/** Milliseconds between what is worth a recording and the recording, which so has what followed. */
const SETTLE_MS = 1000;
/** Part of the time that writing may take. */
const SHARE = 0.1;

export class Saver {
  readonly #file: string;
  readonly #capture: Capture;
  readonly #output: Output;
  readonly #clock: Clock;
  #tookMs = 0;

  constructor(file: string, capture: Capture, output: Output, clock: Clock) {
    this.#file = file;
    this.#capture = capture;
    this.#output = output;
    this.#clock = clock;
  }

  /** Writes after each end that calls for a look at the recording. */
  follow(supervisor: Supervisor): Subscription {
    const settled = () => after(Math.max(SETTLE_MS, this.#tookMs / SHARE), this.#clock);
    return supervisor.events$
      .pipe(filter(isIncident), audit(settled))
      .subscribe(() => this.save('meanwhile'));
  }

  /** Whether the file was written; a failure is announced, and the file before stays. */
  save(how: 'meanwhile' | 'last'): boolean {
    const begun = this.#clock.scheduler.now();
    const file = this.#file;
    try {
      const recording = this.#capture.recording();
      const text = JSON.stringify(recording);
      replaceFile(file, `${text}\n`);
      const facts = {
        connections: recording.connections.length,
        moves: this.#capture.moves,
        bytes: Buffer.byteLength(text) + 1,
      };
      const sentence = `recorded ${facts.moves} moves of ${facts.connections} connections in ${file}`;
      const say = how === 'last' ? 'tell' : 'announce';
      this.#output[say]({ event: 'recorded', file, ...facts }, sentence);
      return true;
    } catch (error) {
      const why = messageOf(error);
      this.#output.announce({ event: 'record-failed', file, error: why }, `${file}: ${why}`, 'warn');
      return false;
    } finally {
      this.#tookMs = this.#clock.scheduler.now() - begun;
    }
  }
}

function isIncident(event: LifecycleEvent): boolean {
  if (event.event === 'gave-up') return true;
  const condemned = ['heartbeat-timeout', 'write-timeout'];
  return event.event === 'state' && event.to === 'closed' && condemned.includes(event.reason ?? '');
}

/** Characters that a recording begins with, as both the page and this command write it. */
const BEGINNING = '{"format":"holdfast-recording"';

/** Adds a problem for a path that is no file's, or the file of something else. */
export function checkRecordingFile(file: string, problems: ConfigProblem[]): void {
  const expected = expectationOf(file);
  if (expected !== undefined) problems.push({ path: 'file', value: redactUrl(file), expected });
}

function expectationOf(file: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(file)) return 'the path of the recording, before the URLs';
  try {
    const known = statSync(file, { throwIfNoEntry: false });
    if (known === undefined) return statSync(dirname(file)).isDirectory() ? undefined : 'a path in a folder';
    if (!known.isFile()) return 'the path of a file';
    return known.size === 0 || isRecording(file) ? undefined : 'a new file, or one that is a recording';
  } catch (error) {
    return `a path that can be written (${messageOf(error)})`;
  }
}

function isRecording(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(BEGINNING.length);
    readSync(descriptor, buffer);
    return String(buffer) === BEGINNING;
  } finally {
    closeSync(descriptor);
  }
}
