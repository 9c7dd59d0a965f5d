/** The TLS options of the command line. */
import { resolve } from 'node:path';
import { defined } from '../../base/defined.ts';
import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { checkedTls, type TlsOptions } from '../../transport/tls-options.ts';
import { readOptionFile } from '../problems.ts';
import type { DialFlags } from './flags.ts';
import type { TlsSection } from './section.ts';

type Material = 'ca' | 'cert' | 'key';

/** A file, and the option or path that names it. */
interface Named {
  readonly path: string;
  readonly file: string;
  readonly text: string | undefined;
}

type Files = Readonly<Record<Material, Named | undefined>>;

/** Undefined without any. Adds the problems of files, alone and together. */
export function tlsOf(
  flags: DialFlags,
  section: TlsSection,
  at: string,
  folder: string,
  problems: ConfigProblem[],
): TlsOptions | undefined {
  const read = (key: Material): Named | undefined => {
    const flag = flags[key];
    const written = section[key];
    if (flag === undefined && written === undefined) return undefined;
    const path = flag === undefined ? `${at}.${key}` : `--${key}`;
    const file = flag ?? resolve(folder, written ?? '');
    return { path, file, text: readOptionFile(path, file, problems) };
  };
  const files = { ca: read('ca'), cert: read('cert'), key: read('key') };
  const servername = flags.servername ?? section.servername;
  const insecure = flags.insecure ?? section.insecure ?? false;
  const { ca, cert, key } = files;
  const texts = defined({ ca: ca?.text, cert: cert?.text, key: key?.text });
  const options = { ...texts, ...defined({ servername }), ...(insecure && { rejectUnauthorized: false }) };
  if (Object.keys(options).length === 0) return undefined;
  const isWhole = Object.values(files).every((each) => each === undefined || each.text !== undefined);
  if (isWhole) check(options, files, problems);
  return options;
}

const expectations: Readonly<Record<string, string>> = {
  ca: 'a file with certificates, PEM',
  cert: 'a file with a certificate chain, PEM',
  key: 'a file with the private key of the certificate, PEM, without a passphrase',
};

function check(options: TlsOptions, files: Files, problems: ConfigProblem[]): void {
  try {
    checkedTls('tls', options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems.map((problem) => named(problem, files)));
  }
}

/** The problem of a transport in terms of the command line: with a file in place of its content. */
function named({ path, value, expected }: ConfigProblem, files: Files): ConfigProblem {
  const wanted = expectations[path];
  if (wanted === undefined) return { path: `--${path}`, value, expected };
  const file = files[path as Material];
  const other = path === 'cert' ? 'key' : 'cert';
  if (file === undefined)
    return { path: `--${path}`, value: 'none', expected: `${wanted}, as --${other} is given` };
  // The library puts the complaint of OpenSSL in brackets.
  const why = /\(.*\)$/.exec(expected)?.[0] ?? '';
  return { path: file.path, value: file.file, expected: `${wanted} ${why}`.trimEnd() };
}
