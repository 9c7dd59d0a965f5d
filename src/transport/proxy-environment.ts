/** The proxy that the variables of the environment name for a target: `https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`. */
import { BlockList, isIP } from 'node:net';
import { hostOf } from './url-checks.ts';

/** The variables by scheme; of two spellings the first with a value holds, and `all_proxy` last. */
const variables: Readonly<Record<string, readonly string[]>> = {
  'wss:': ['https_proxy', 'HTTPS_PROXY'],
  'ws:': ['http_proxy', 'HTTP_PROXY'],
};

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable, and its value with a scheme. */
export interface Named {
  readonly variable: string;
  readonly url: string;
}

/**
 * The proxy for `target`; `undefined` where none is named, and where `no_proxy` excludes the target. A value without a scheme
 * is one of `http:`.
 */
export function proxyFor(target: URL, environment: Environment = process.env): Named | undefined {
  const names = [...(variables[target.protocol] ?? []), 'all_proxy', 'ALL_PROXY'];
  const variable = names.find((name) => environment[name]?.trim() && !isOfRequest(name, environment));
  if (variable === undefined) return undefined;
  if (isExcluded(target, environment.no_proxy || environment.NO_PROXY || '')) return undefined;
  const value = environment[variable]?.trim() ?? '';
  return { variable, url: /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}` };
}

/** Under CGI, `HTTP_PROXY` is the header `Proxy` of a request: a value that a client chooses (CVE-2016-5385). */
function isOfRequest(name: string, environment: Environment): boolean {
  return name === 'HTTP_PROXY' && environment.REQUEST_METHOD !== undefined;
}

/** Whether an entry of `list`, separated by commas or blanks, fits the target. */
function isExcluded(target: URL, list: string): boolean {
  const host = hostOf(target).replace(/\.$/, '');
  const port = target.port || (target.protocol === 'wss:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const { place, only = port } = partsOf(entry);
      return only === port && (isIP(host) === 0 ? isName(place, host) : isAddress(place, host));
    });
}

/** Splits `host:port`, `[address]:port`, and addresses with colons of their own. */
function partsOf(entry: string): { readonly place: string; readonly only?: string | undefined } {
  const bracketed = /^\[(.*)\](?::(\d+))?$/.exec(entry) ?? /^([^:]*):(\d+)$/.exec(entry);
  return bracketed === null ? { place: entry } : { place: bracketed[1] as string, only: bracketed[2] };
}

/** `example.com`, `.example.com` and `*.example.com` fit the name and all below it. */
function isName(place: string, host: string): boolean {
  const name = place.replace(/^\*?\./, '').replace(/\.$/, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

/** An address in any spelling, or a range as in `10.0.0.0/8`. */
function isAddress(place: string, host: string): boolean {
  const [base = '', bits, ...rest] = place.split('/');
  const version = isIP(base);
  if (version === 0 || version !== isIP(host) || rest.length > 0) return false;
  const type = version === 4 ? 'ipv4' : 'ipv6';
  const most = version === 4 ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return false;
  const range = new BlockList();
  range.addSubnet(base, bits === undefined ? most : Number(bits), type);
  return range.check(host, type);
}
