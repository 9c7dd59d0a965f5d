/** Waiting for a message of the peer. */
import { filter, firstValueFrom } from 'rxjs';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';

/** Resolves with the next message that `matches`; ask before the message that brings it is sent. */
export function reply<In, Out, Of extends In>(
  connection: Connection<In, Out>,
  matches: (message: In) => message is Of,
): Promise<Of>;
export function reply<In, Out>(
  connection: Connection<In, Out>,
  matches: (message: In) => boolean,
): Promise<In>;
export function reply<In, Out>(
  connection: Connection<In, Out>,
  matches: (message: In) => boolean,
): Promise<In> {
  return firstValueFrom(connection.messages$.pipe(filter(matches)));
}
