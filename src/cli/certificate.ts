/** The certificate of a command that listens. */
import { createSecureContext } from 'node:tls';
import type { ConfigProblem } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type { AnyTransport } from '../endpoints/place.ts';
import { tls } from '../transport/tls.ts';
import type { TlsOptions } from '../transport/tls-options.ts';
import { webSocketOverWs } from '../transport/websocket-ws.ts';
import { messageOf, readOptionFile } from './problems.ts';

/** PEM files. */
export interface CertificateFiles {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The options that name the files. */
export type CertificateOptions = Readonly<Required<Record<keyof CertificateFiles, string>>>;

/** Those of a command that dials nothing. */
export const served: CertificateOptions = { cert: '--cert', key: '--key' };

/** Transports with the certificate, if a URL needs one. */
export function secured(
  urls: readonly string[],
  files: CertificateFiles,
  options: CertificateOptions,
  problems: ConfigProblem[],
): AnyTransport[] {
  const url = urls.find((candidate) => /^(tls|wss):/i.test(candidate));
  if (url === undefined) return [];
  const before = problems.length;
  const cert = readPem(options.cert, files.cert, url, problems);
  const key = readPem(options.key, files.key, url, problems);
  if (cert === undefined || key === undefined) return [];
  checkPair({ cert, key }, files, options, problems);
  return problems.length > before ? [] : [tls({ cert, key }), webSocketOverWs({ cert, key })];
}

function readPem(path: string, file: string | undefined, url: string, problems: ConfigProblem[]) {
  if (file !== undefined) return readOptionFile(path, file, problems);
  problems.push({ path, value: file, expected: `a PEM file, to serve ${redactUrl(url)}` });
  return undefined;
}

function checkPair(
  pair: Required<Pick<TlsOptions, 'cert' | 'key'>>,
  { cert }: CertificateFiles,
  options: CertificateOptions,
  problems: ConfigProblem[],
) {
  try {
    createSecureContext(pair);
  } catch (error) {
    problems.push({
      path: options.cert,
      value: cert,
      expected: `a certificate that fits ${options.key} (${messageOf(error)})`,
    });
  }
}
