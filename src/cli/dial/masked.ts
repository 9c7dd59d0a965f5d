/** Arguments in a form that a list of processes may show. */
import { redactUrl } from '../../base/redact.ts';

/** URLs redacted, and headers without their values. */
export function masked(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const [, option, line] = /^(--header=|-k?H)(.+)$/s.exec(arg) ?? [];
    if (option !== undefined && line !== undefined) return option + withoutValue(line);
    return isOption(args[index - 1]) ? withoutValue(arg) : redactUrl(arg);
  });
}

function isOption(arg: string | undefined): boolean {
  return /^(--header|-k?H)$/.test(arg ?? '');
}

function withoutValue(line: string): string {
  const colon = line.indexOf(':');
  return colon < 0 ? '***' : `${line.slice(0, colon)}: ***`;
}
