/** SIGHUP reads the certificate and its key again, for the handshakes that follow. A pair that does not fit changes nothing. */
import type { Subscription } from 'rxjs';
import type { Listener } from '../actors/supervisor/options.ts';
import { ConfigError, type ConfigProblem, describeProblem } from '../base/errors.ts';
import type { CertificateFiles, CertificateOptions } from './certificate.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';
import { readOptionFile, refuse } from './problems.ts';

/** SIGHUP is left to others when there is no certificate. */
export function rotating(
  io: Io,
  { cert, key }: CertificateFiles,
  options: CertificateOptions,
  listeners: Iterable<Listener>,
  output: Output,
): Subscription | undefined {
  const secure = [...listeners].filter(({ url }) => /^(tls|wss):/.test(url));
  if (cert === undefined || key === undefined || secure.length === 0) return undefined;
  return io.reload$.subscribe(() => rotate({ cert, key }, options, secure, output));
}

function rotate(
  files: Required<CertificateFiles>,
  options: CertificateOptions,
  listeners: readonly Listener[],
  output: Output,
): void {
  const { cert: certFile = '', key: keyFile = '' } = files;
  try {
    const problems: ConfigProblem[] = [];
    const cert = readOptionFile(options.cert, certFile, problems);
    const key = readOptionFile(options.key, keyFile, problems);
    refuse(problems);
    for (const { update } of listeners) update({ cert: cert ?? '', key: key ?? '' });
    const line = `the certificate in ${certFile} was read again`;
    output.announce({ event: 'certificate-applied', file: certFile }, line);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(describeProblem);
    const line = `the certificate was not changed: ${problems.join('; ')}`;
    output.announce({ event: 'certificate-refused', file: certFile, problems }, line, 'warn');
  }
}
