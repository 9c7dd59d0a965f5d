/** Two machines of Linux network namespaces, joined by a cable (a veth pair) that can be unplugged at either end. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

/** Why there are no namespaces; undefined when there are. */
export const namespacesMissing = reasonAgainst();

export type End = 'near' | 'far';

export const addresses: Readonly<Record<End, string>> = { near: '10.77.0.1', far: '10.77.0.2' };

let cables = 0;

export class Cable {
  readonly #names: Readonly<Record<End, string>>;
  readonly #children: ChildProcess[] = [];

  constructor() {
    const name = `holdfast-${process.pid}-${++cables}`;
    this.#names = { near: `${name}-near`, far: `${name}-far` };
    const { near, far } = this.#names;
    ip('netns', 'add', near);
    ip('netns', 'add', far);
    ip('-n', near, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', far);
    for (const end of ['near', 'far'] as const) {
      ip('-n', this.#names[end], 'address', 'add', `${addresses[end]}/24`, 'dev', end);
      this.set(end, 'up');
    }
  }

  /** Returns once the kernel has done it. */
  set(end: End, state: 'up' | 'down'): void {
    ip('-n', this.#names[end], 'link', 'set', end, state);
  }

  /** Configures that machine: the arguments of `ip` after its namespace. */
  configure(end: End, ...args: readonly string[]): void {
    ip('-n', this.#names[end], ...args);
  }

  /** What leaves that machine passes a queueing discipline: the arguments of `tc qdisc` after `root`. */
  shape(end: End, ...args: readonly string[]): void {
    run('tc', '-n', this.#names[end], 'qdisc', 'add', 'dev', end, 'root', ...args);
  }

  /** A file of `/etc` on that machine alone, for what runs there from now on. */
  etc(end: End, file: 'hosts' | 'resolv.conf', text: string): void {
    const folder = `/etc/netns/${this.#names[end]}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${file}`, text);
  }

  /** Runs a file, TypeScript too, on that machine; `send` and `message` work as for a fork. */
  run(end: End, file: string, ...args: readonly string[]): ChildProcess {
    const command = ['netns', 'exec', this.#names[end], process.execPath, '--import', 'tsx', file, ...args];
    const child = spawn('ip', command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#children.push(child);
    return child;
  }

  /** Ends what runs there, and removes the machines. */
  dispose(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const name of Object.values(this.#names)) {
      ip('netns', 'delete', name);
      rmSync(`/etc/netns/${name}`, { recursive: true, force: true });
    }
  }
}

function ip(...args: readonly string[]): void {
  run('ip', ...args);
}

function run(command: 'ip' | 'tc', ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function reasonAgainst(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a feature of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces are made by root; run as root';
  return (['ip', 'tc'] as const).map(withoutCommand).find((reason) => reason !== undefined);
}

function withoutCommand(command: 'ip' | 'tc'): string | undefined {
  try {
    run(command, '-V');
    return undefined;
  } catch {
    return `no command \`${command}\`; install the package iproute2`;
  }
}
