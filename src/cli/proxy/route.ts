/** The meaning of the URLs and options of `holdfast proxy`: which leg is which, and how data is cut. */
import type { ConfigProblem } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import { urlOf } from '../../base/url.ts';
import type { Carries, Cut } from './mapping.ts';

export type SessionSide = 'listen' | 'upstream';

export interface RouteFlags {
  readonly protocol?: string;
  /** `auto`: the option without a value. */
  readonly session?: string;
  readonly onLoss?: string;
}

export interface Route {
  readonly listen: Carries;
  readonly upstream: Carries;
  /** Which leg is a session. */
  readonly session: SessionSide | undefined;
  readonly cut: Cut;
  readonly holds: boolean;
}

const schemes: Readonly<Record<string, Carries>> = {
  tcp: 'stream',
  tls: 'stream',
  unix: 'stream',
  ws: 'messages',
  wss: 'messages',
};

/** Adds its problems; the result is meaningless then. */
export function routeOf(
  [listenUrl, upstreamUrl]: readonly [string, string],
  flags: RouteFlags,
  problems: ConfigProblem[],
): Route {
  const beneath = { listen: carriesOf(listenUrl, problems), upstream: carriesOf(upstreamUrl, problems) };
  const session = sessionOf(flags.session, beneath, problems);
  const listen = session === 'listen' ? 'messages' : beneath.listen;
  const upstream = session === 'upstream' ? 'messages' : beneath.upstream;
  return {
    listen,
    upstream,
    session,
    cut: cutOf(flags.protocol, { listen, upstream, session }, problems),
    holds: holdsOf(flags.onLoss, session, problems),
  };
}

function carriesOf(url: string, problems: ConfigProblem[]): Carries {
  const scheme = urlOf(url)?.protocol.slice(0, -1) ?? '';
  if (Object.hasOwn(schemes, scheme)) return schemes[scheme] as Carries;
  const expected = `a URL with one of the schemes ${Object.keys(schemes).join(', ')}`;
  problems.push({ path: 'url', value: redactUrl(url), expected });
  return 'stream';
}

type Beneath = Readonly<Record<SessionSide, Carries>>;

function sessionOf(
  asked: string | undefined,
  { listen, upstream }: Beneath,
  problems: ConfigProblem[],
): SessionSide | undefined {
  if (asked === undefined || asked === 'listen' || asked === 'upstream') return asked;
  if (asked === 'auto' && listen !== upstream) return listen === 'messages' ? 'listen' : 'upstream';
  const which = listen === 'messages' ? 'both URLs are' : 'no URL is';
  const expected =
    asked === 'auto'
      ? `--session=listen or --session=upstream, as ${which} of a WebSocket`
      : 'listen, upstream, or nothing: the URL of a WebSocket';
  problems.push({ path: '--session', value: asked, expected });
  return undefined;
}

function cutOf(
  asked: string | undefined,
  { listen, upstream, session }: Pick<Route, 'listen' | 'upstream' | 'session'>,
  problems: ConfigProblem[],
): Cut {
  const isMixed = listen !== upstream;
  const usual = isMixed && session === undefined ? 'line' : 'bytes';
  if (asked === undefined) return usual;
  const bothMessages = !isMixed && listen === 'messages';
  if (!bothMessages && (asked === 'bytes' || asked === 'line')) return asked;
  if (bothMessages && asked === 'websocket') return usual;
  const expected = bothMessages ? 'websocket: messages pass as they are' : 'bytes or line';
  problems.push({ path: '--protocol', value: asked, expected });
  return usual;
}

function holdsOf(
  asked: string | undefined,
  session: SessionSide | undefined,
  problems: ConfigProblem[],
): boolean {
  if (asked === undefined || asked === 'close') return false;
  const isKnown = asked === 'hold';
  if (isKnown && session !== 'upstream') return true;
  const expected = isKnown
    ? 'close, as a session outlives its sockets, and its end is final'
    : 'close or hold';
  problems.push({ path: '--on-loss', value: asked, expected });
  return false;
}
