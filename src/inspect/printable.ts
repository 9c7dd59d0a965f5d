/**
 * Converts any value to bounded JSON without secrets. Contexts, errors and events hold objects of users, with
 * getters that throw and circular references.
 */
import { foreignText } from '../base/redact.ts';
import { isError, kindOfThrown } from '../policy/exits.ts';

const DEPTH = 6;
const KEYS = 50;
const TEXT = 500;
/** Values in total. */
const VALUES = 500;

const SECRET =
  /pass(word|wd|phrase)?$|secret|token|authori[sz]ation|cookie|credential|api[-_]?key|private[-_]?key/i;

/** The value as JSON would have it; what JSON cannot have is described in angle brackets. Never throws. */
export function printable(value: unknown): unknown {
  return new Printer().print(value, DEPTH);
}

/** Redacts credentials in URLs, drops control characters, and cuts long text. */
export function printableText(text: string): string {
  return clip(foreignText(text));
}

class Printer {
  readonly #above = new Set<object>();
  #left = VALUES;

  print(value: unknown, depth: number): unknown {
    if (this.#left-- <= 0) return '<more>';
    switch (typeof value) {
      case 'string':
        return printableText(value);
      case 'number':
        return Number.isFinite(value) ? value : `<${value}>`;
      case 'bigint':
        return `<${clip(String(value))}n>`;
      case 'function':
      case 'symbol':
        return `<${typeof value}>`;
      case 'object':
        return value === null ? null : this.#guarded(value, depth);
      default:
        return value;
    }
  }

  /** A getter or proxy of a foreign object may throw. */
  #guarded(value: object, depth: number): unknown {
    if (this.#above.has(value)) return '<circular>';
    this.#above.add(value);
    try {
      return this.#object(value, depth);
    } catch (error) {
      return `<threw: ${kindOfThrown(error)}>`;
    } finally {
      this.#above.delete(value);
    }
  }

  #object(value: object, depth: number): unknown {
    // The text of an error may hold secrets of the user's code; `detail` has what may be shown.
    if (isError(value)) return `<${kindOfThrown(value)}>`;
    if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.print(value.toJSON(), depth);
    if (value instanceof Map || value instanceof Set) return `<${value.constructor.name} of ${value.size}>`;
    if (depth === 0) return Array.isArray(value) ? '<a list>' : '<an object>';
    return Array.isArray(value) ? this.#list(value, depth) : this.#fields(value, depth);
  }

  #list(values: readonly unknown[], depth: number): unknown[] {
    const shown = values.slice(0, KEYS).map((value) => this.print(value, depth - 1));
    return values.length > KEYS ? [...shown, `<${values.length - KEYS} more>`] : shown;
  }

  #fields(value: object, depth: number): object {
    const keys = Object.keys(value);
    const shown = keys.slice(0, KEYS).map((key) => [clip(key), this.#field(value, key, depth)]);
    if (keys.length > KEYS) shown.push(['<more>', keys.length - KEYS]);
    return Object.fromEntries(shown);
  }

  #field(value: object, key: string, depth: number): unknown {
    if (SECRET.test(key)) return '***';
    try {
      // What was thrown may be a text as well.
      if (key === 'error') return `<${kindOfThrown(Reflect.get(value, key))}>`;
      return this.print(Reflect.get(value, key), depth - 1);
    } catch (error) {
      return `<threw: ${kindOfThrown(error)}>`;
    }
  }
}

function clip(text: string): string {
  return text.length > TEXT ? `${text.slice(0, TEXT)}…` : text;
}
