/** Commands whose standard output is for what they were asked, and for no log: they complain on standard error. */
import { silentLogger } from '../base/log.ts';
import { foreignText } from '../base/redact.ts';
import type { PolicyConfig } from '../config/policy.ts';
import { createSupervisor } from '../presets/node.ts';
import type { Io } from './io.ts';
import { messageOf } from './problems.ts';

export function tell({ stderr }: Pick<Io, 'stderr'>, text: string): void {
  stderr.write(`holdfast: ${foreignText(text)}\n`);
}

/** A supervisor that logs nothing. */
export function quietSupervisor(policy: PolicyConfig, io: Io) {
  return createSupervisor({
    ...policy,
    clock: io.clock,
    logger: silentLogger,
    onError: (error, where) => tell(io, `${where}: ${messageOf(error)}`),
  });
}
