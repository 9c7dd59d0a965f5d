/** The order in which the addresses of a name are dialled, by what earlier dials of the same connection learned. */
import { isIPv6 } from 'node:net';

export class AddressMemory {
  /** Addresses that were dialled, the one that was dialled last at the end. */
  #tried = new Set<string>();
  /** The address to begin with: it served the last connection to its end. */
  #served: string | undefined;
  /** Addresses tried since a dial last opened, or since all had been tried. */
  #round = 0;
  #all = 0;

  /** Addresses of the round that no dial has tried. */
  get untried(): number {
    return Math.max(0, this.#all - this.#round);
  }

  /** New addresses come first, then those whose last dial was longest ago. */
  order(found: readonly string[]): string[] {
    const list = alternating([...new Set(found)]);
    const known = [...this.#tried].filter((address) => list.includes(address));
    this.#tried = new Set(known);
    if (this.untried === 0) this.#round = 0;
    this.#all = list.length;
    const order = [...list.filter((address) => !this.#tried.has(address)), ...known];
    const first = this.#served;
    this.#served = undefined;
    if (first === undefined || !order.includes(first)) return order;
    return [first, ...order.filter((address) => address !== first)];
  }

  began(address: string): void {
    this.#round++;
    this.#tried.delete(address);
    this.#tried.add(address);
  }

  /** The dial ended before its last address had its slice of time: the next one begins with it. */
  cut(): void {
    const last = [...this.#tried].at(-1) ?? '';
    this.#tried.delete(last);
    this.#round--;
  }

  opened(): void {
    this.#round = this.#all;
  }

  served(address: string): void {
    this.#served = address;
  }
}

/** The two families in turn, in the resolver's order (RFC 8305 section 4): one of them may not work here at all. */
function alternating(list: readonly string[]): string[] {
  const [first = ''] = list;
  const isFirst = (address: string) => isIPv6(address) === isIPv6(first);
  const ones = list.filter(isFirst);
  const others = list.filter((address) => !isFirst(address));
  const longest = Math.max(ones.length, others.length);
  return Array.from({ length: longest }, (_, at) => [ones[at], others[at]])
    .flat()
    .filter((address) => address !== undefined);
}

const memories = new WeakMap<object, Map<string, AddressMemory>>();

/** The memory of the dials of `dialler` to that name; an empty one without a dialler. For names with several addresses. */
export function memoryOf(dialler: object | undefined, host: string): AddressMemory {
  if (dialler === undefined) return new AddressMemory();
  const byHost = memories.get(dialler) ?? new Map<string, AddressMemory>();
  memories.set(dialler, byHost);
  const memory = byHost.get(host) ?? new AddressMemory();
  byHost.set(host, memory);
  return memory;
}
