/** The class of an exit, and the fatal exits that are retried all the same. Pure functions of what is known of an endpoint. */
import { type Exit, type ExitClass, type ExitReason, type Failure, reasonClasses } from './exits.ts';

/** The parts of `reconnect` that classes follow from. */
export interface ClassPolicy {
  readonly classes: Readonly<Partial<Record<ExitReason, ExitClass>>>;
  /** By exit code, or by a range of codes such as `4100-4199`. */
  readonly codes: Readonly<Record<string, ExitClass>>;
  /** Fatal exits in a row that are retried at an endpoint that was stable before. */
  readonly pardons: number;
}

/** The record of an endpoint. */
export interface Standing {
  /** An incarnation there was stable. */
  readonly stable: boolean;
  /** Fatal exits there that were retried, since it was last stable. */
  readonly pardoned: number;
  /** The last exit there was fatal, and not retried for its own sake. */
  readonly refused: boolean;
}

export const unknownStanding: Standing = { stable: false, pardoned: 0, refused: false };
const stableStanding: Standing = { ...unknownStanding, stable: true };

/** The endpoint once its refusals are forgotten. */
export function forgiven({ stable }: Standing): Standing {
  return stable ? stableStanding : unknownStanding;
}

/** Fatal reasons that no later answer of the same endpoint changes. */
const unpardonable: readonly ExitReason[] = ['bad-config', 'message-too-big'];

type Judged = Pick<Failure, 'reason' | 'code'>;

/** The class by policy: a single code counts before a range, the last range before others, codes before reasons. */
export function classOf(
  { reason, code }: Judged,
  { classes, codes }: Omit<ClassPolicy, 'pardons'>,
): ExitClass {
  return classByCode(reason, code, codes) ?? classes[reason] ?? reasonClasses[reason];
}

/**
 * The class of an exit at an endpoint, and what is known of the endpoint afterwards. `stable`: the incarnation was.
 * `asksAgain`: a function provides the credentials, so one `unauthorized` in a row is retried with fresh ones.
 */
export function judged(
  standing: Standing,
  exit: Judged & Pick<Exit, 'proved'>,
  policy: ClassPolicy,
  stable: boolean,
  asksAgain: boolean,
): { readonly class: ExitClass; readonly standing: Standing } {
  const known = stable ? stableStanding : standing;
  const own = classOf(exit, policy);
  if (own !== 'fatal') {
    const forgets = known.pardoned === 0 || (asksAgain && exit.proved);
    return { class: own, standing: forgets ? forgiven(known) : { ...known, refused: false } };
  }
  const refused = known.pardoned >= pardonsOf(exit, known.stable, policy, asksAgain);
  return {
    class: refused ? 'fatal' : 'retryable',
    standing: { stable: known.stable, pardoned: known.pardoned + 1, refused },
  };
}

function pardonsOf(exit: Judged, stable: boolean, policy: ClassPolicy, asksAgain: boolean): number {
  // A class that the config changed is the user's decision.
  if (unpardonable.includes(exit.reason) || reasonClasses[exit.reason] !== 'fatal') return 0;
  if (classByCode(exit.reason, exit.code, policy.codes) !== undefined) return 0;
  if (asksAgain && exit.reason === 'unauthorized') return 1;
  return stable ? policy.pardons : 0;
}

/** Our own close has the class of its reason: its code is ours, too. */
function classByCode(
  reason: ExitReason,
  code: Failure['code'],
  codes: ClassPolicy['codes'],
): ExitClass | undefined {
  if (code === undefined || reason === 'closed-by-us') return undefined;
  if (Object.hasOwn(codes, code)) return codes[code];
  const range = Object.keys(codes).findLast((key) => {
    const [low = '', high = ''] = key.split('-');
    return high !== '' && Number(code) >= Number(low) && Number(code) <= Number(high);
  });
  return range === undefined ? undefined : codes[range];
}
