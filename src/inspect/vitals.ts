/** How the process fares, by what its platform tells. Read once a second while a viewer is attached. */
import type { Time } from './supervisor-view.ts';
import { BEAT_MS } from './wire.ts';
import type { ProcessMessage, Vitals } from './wire-process.ts';

type Read = Omit<Vitals, 'lagMs'>;

interface NodeProcess {
  memoryUsage?(): { readonly rss: number; readonly heapUsed: number };
  cpuUsage?(): { readonly user: number; readonly system: number };
  uptime?(): number;
}

interface Platform {
  readonly process?: NodeProcess;
  readonly performance?: {
    readonly memory?: { readonly usedJSHeapSize: number };
    eventLoopUtilization?(): { readonly active: number };
  };
}

/** Notices how late the ticks of a hub are, and tells of that and of the process once a second. */
export class VitalsTeller {
  readonly #reader = new VitalsReader();
  #toldAt = 0;
  #due = 0;
  #lagMs = 0;

  /** The first viewer attaches. Times are monotonic milliseconds. */
  begin(now: number): void {
    this.#toldAt = now;
    this.#lagMs = 0;
    this.#reader.begin(now);
  }

  expect(due: number): void {
    this.#due = due;
  }

  came(now: number): void {
    this.#lagMs = Math.max(this.#lagMs, now - this.#due);
  }

  news(now: number, time: Time): ProcessMessage | undefined {
    if (now - this.#toldAt < BEAT_MS) return undefined;
    const lagMs = Math.round(this.#lagMs * 10) / 10;
    this.#toldAt = now;
    this.#lagMs = 0;
    return { type: 'process', now: time.now(), lagMs, ...this.#reader.read(now) };
  }
}

/** Reads the globals of the platform, so that a page loads nothing of Node. */
class VitalsReader {
  readonly #platform = globalThis as Platform;
  #before = { at: 0, active: 0, cpu: 0 };

  /** The present is where the shares of the first reading begin. `now` is monotonic, in milliseconds. */
  begin(now: number): void {
    this.#before = this.#spent(now);
  }

  read(now: number): Read {
    const { process, performance } = this.#platform;
    const [before, spent] = [this.#before, this.#spent(now)];
    this.#before = spent;
    const ms = Math.max(1, spent.at - before.at);
    const memory = process?.memoryUsage?.();
    const heapBytes = memory?.heapUsed ?? performance?.memory?.usedJSHeapSize;
    const uptime = process?.uptime?.();
    return {
      ...(performance?.eventLoopUtilization && { busy: share((spent.active - before.active) / ms) }),
      ...(process?.cpuUsage && { cpu: share((spent.cpu - before.cpu) / ms) }),
      ...(memory && { rssBytes: memory.rss }),
      ...(heapBytes !== undefined && { heapBytes }),
      ...(uptime !== undefined && { uptimeMs: Math.round(uptime * 1000) }),
    };
  }

  #spent(at: number) {
    const { process, performance } = this.#platform;
    const { user = 0, system = 0 } = process?.cpuUsage?.() ?? {};
    return { at, active: performance?.eventLoopUtilization?.().active ?? 0, cpu: (user + system) / 1000 };
  }
}

function share(value: number): number {
  return Math.max(0, Math.round(value * 1000) / 1000);
}
