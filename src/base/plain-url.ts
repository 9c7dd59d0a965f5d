/** URLs for platforms whose own class is incomplete, such as React Native's. */

/** Default ports of the schemes that the standard calls special: they need a host, and a backslash is a slash. */
const defaultPorts: Readonly<Record<string, string>> = {
  'ws:': '80',
  'wss:': '443',
  'http:': '80',
  'https:': '443',
};
const isSpecial = (protocol: string) => Object.hasOwn(defaultPorts, protocol);

/** Scheme; for the rest of the URL: slashes, authority, path, query, fragment. */
const SCHEME = /^[a-z][a-z\d+.-]*:/i;
const SPECIAL_PARTS = /^([\\/]*)([^\\/?#]*)([^?#]*)(\??[^#]*)(.*)$/s;
const PARTS = /^((?:\/\/)?)([^/?#]*)([^?#]*)(\??[^#]*)(.*)$/s;

/** Characters that the standard encodes in each part, beside what is not printable ASCII. */
const inUser = /[^!-~]|["#/:;<=>?@[\\\]^`{|}]/;
const inPath = /[^!-~]|["<>^`{}]/;
const inOpaquePath = /[^ -~]/;
const inQuery = /[^!-~]|["<>]/;
const inSpecialQuery = /[^!-~]|["'<>]/;
const inFragment = /[^!-~]|["<>`]/;

/**
 * The members of the standard's `URL` that this package and its protocols use. Those that the standard lets a program write, but
 * for `href` and `host`, are fields: a new value is taken as it is. Names of hosts are ASCII, others in Punycode; an IPv4 address
 * is four decimal numbers, and an IPv6 address is not shortened. A relative URL is invalid, as is one with another host. An empty
 * query or fragment is left out.
 */
export class PlainUrl {
  readonly protocol: string;
  username = '';
  password = '';
  hostname = '';
  port = '';
  pathname: string;
  search: string;
  hash: string;
  /** Before the host: none in `mailto:` and the like. */
  readonly #slashes: '' | '//';

  static canParse(text: unknown): boolean {
    try {
      return new PlainUrl(text) !== undefined;
    } catch {
      return false;
    }
  }

  /** Throws `TypeError` for a text that is no absolute URL. */
  constructor(given: unknown) {
    const text = trimmed(String(given));
    const scheme = SCHEME.exec(text)?.[0] ?? fail(text);
    this.protocol = scheme.toLowerCase();
    const special = isSpecial(this.protocol);
    const parts = (special ? SPECIAL_PARTS : PARTS).exec(text.slice(scheme.length)) ?? fail(text);
    const [, slashes = '', authority = '', path = '', search = '', hash = ''] = parts;
    this.#slashes = special || slashes !== '' ? '//' : '';
    if (this.#slashes === '') this.pathname = encoded(authority + path, inOpaquePath);
    else {
      this.#setAuthority(authority, special);
      this.pathname = pathOf(special ? path.replaceAll('\\', '/') : path, special);
    }
    this.search = search.length > 1 ? encoded(search, special ? inSpecialQuery : inQuery) : '';
    this.hash = hash.length > 1 ? encoded(hash, inFragment) : '';
  }

  #setAuthority(authority: string, special: boolean): void {
    const at = authority.lastIndexOf('@');
    const [, username = '', password = ''] =
      /^([^:]*):?(.*)$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
    const [, host = '', port = ''] =
      /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1)) ?? fail(authority);
    const isHost = special
      ? isHostName(host)
      : !/[^!-~]|[#/:<>?@\\^|]/.test(host.replace(/^\[[\da-f:.]+\]$/i, ''));
    const isEmpty = host === '' && (special || at >= 0 || port !== '');
    if (!isHost || isEmpty || Number(port) > 65_535) fail(authority);
    this.username = encoded(username, inUser);
    this.password = encoded(password, inUser);
    this.hostname = special ? host.toLowerCase() : host;
    const plain = port && String(Number(port));
    this.port = plain === defaultPorts[this.protocol] ? '' : plain;
  }

  get host(): string {
    return this.port === '' ? this.hostname : `${this.hostname}:${this.port}`;
  }

  get origin(): string {
    return isSpecial(this.protocol) ? `${this.protocol}//${this.host}` : 'null';
  }

  get href(): string {
    const user = this.username + (this.password && `:${this.password}`);
    const authority = this.#slashes && `//${user && `${user}@`}${this.host}`;
    return this.protocol + authority + this.pathname + this.search + this.hash;
  }

  /** A copy: what is set in it changes nothing of the URL. */
  get searchParams(): URLSearchParams {
    return new URLSearchParams(this.search);
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }
}

function fail(text: string): never {
  throw new TypeError(`Invalid URL: ${JSON.stringify(text)}`);
}

/** The text stripped of blanks and control characters around it, and of line breaks and tabs. */
function trimmed(text: string): string {
  return text.replace(/^[\0- ]+|[\0- ]+$|[\t\r\n]/g, '');
}

/** A name in ASCII, four decimal numbers, or an IPv6 address in brackets. */
function isHostName(host: string): boolean {
  if (host.startsWith('[')) return /^\[(?=.*:.*:)[\da-f:.]+\]$/i.test(host);
  if (/[^!-~]|["#%/:<>?@[\\\]^`{|}]/.test(host)) return false;
  const labels = host.replace(/\.$/, '').split('.');
  // A host whose last label is a number is an IPv4 address.
  if (!/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? '')) return true;
  return (
    labels.length === 4 && labels.every((label) => /^(0|[1-9]\d{0,2})$/.test(label) && Number(label) < 256)
  );
}

/** The path with the segments `.` and `..` resolved. */
function pathOf(path: string, special: boolean): string {
  if (path === '') return special ? '/' : '';
  const kept: string[] = [];
  const segments = encoded(path, inPath).slice(1).split('/');
  for (const [index, segment] of segments.entries()) {
    const plain = segment.replace(/%2e/gi, '.');
    const isLast = index === segments.length - 1;
    if (plain === '..') kept.pop();
    if (plain !== '..' && plain !== '.') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return `/${kept.join('/')}`;
}

/** Percent-encoded where the pattern says so; what is encoded already stays. */
function encoded(text: string, pattern: RegExp): string {
  if (text.search(pattern) === -1) return text;
  return Array.from(text, (sign) => (sign.search(pattern) === -1 ? sign : percent(sign))).join('');
}

/** U+FFFD stands for half a surrogate pair, and `'` is encoded, too. */
function percent(sign: string): string {
  if (/^[\ud800-\udfff]$/.test(sign)) return '%EF%BF%BD';
  return sign === "'" ? '%27' : encodeURIComponent(sign);
}
