/** Waits for messages of a connection. */
import type { Connection } from '../../../src/actors/supervisor/handle.ts';

/** Resolves with the first message from now on that fits. */
export function hears<In, T extends In>(
  { messages$ }: Pick<Connection<In, never>, 'messages$'>,
  fits: (message: In) => message is T,
): Promise<T> {
  return new Promise((resolve) => {
    const subscription = messages$.subscribe((message) => {
      if (!fits(message)) return;
      subscription.unsubscribe();
      resolve(message);
    });
  });
}
