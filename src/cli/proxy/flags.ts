/** The options of `holdfast proxy`, as commander parses them. */
import type { CertificateFiles, CertificateOptions } from '../certificate.ts';
import type { DialFlags } from '../dial/flags.ts';
import type { Flags } from '../options.ts';
import type { RouteFlags } from './route.ts';

export interface ProxyFlags extends Flags, DialFlags, RouteFlags, ListenFlags {
  readonly protocol?: string;
}

export interface ListenFlags {
  readonly maxConnections?: string;
  readonly maxPerAddress?: string;
  readonly listenCert?: string;
  readonly listenKey?: string;
  readonly listenTokenEnv?: string;
  readonly keepFor?: string;
  readonly plaintext?: true;
}

/** The files of the listener's certificate, and the options that name them: `--cert` is that of the upstream side. */
export function listenCertificate({
  listenCert,
  listenKey,
}: ListenFlags): readonly [CertificateFiles, CertificateOptions] {
  return [
    { cert: listenCert, key: listenKey },
    { cert: '--listen-cert', key: '--listen-key' },
  ];
}
