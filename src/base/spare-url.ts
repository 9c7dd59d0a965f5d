/**
 * The class that stands for `URL` in the scripts for React Native (`scripts/react-native.ts`): the platform's own where it follows the
 * standard, as that of a polyfill does, else `PlainUrl`. React Native's reads any text as a URL, adds a slash to a query, and
 * has nothing to write.
 */
import { PlainUrl } from './plain-url.ts';

type UrlClass = typeof globalThis.URL;

const spare = PlainUrl as unknown as UrlClass;

/** Which class reads URLs where the platform has `platform`. */
export function urlClass(platform: UrlClass | undefined): UrlClass {
  return platform !== undefined && isStandard(platform) ? platform : spare;
}

function isStandard(Platform: UrlClass): boolean {
  try {
    const url = new Platform('WS://user:password@HOST:80/a/../b?c#d');
    url.hash = '';
    return (
      url.href === 'ws://user:password@host/b?c' && url.hostname === 'host' && !Platform.canParse('ws://')
    );
  } catch {
    return false;
  }
}

const { URL: own } = globalThis as { URL?: UrlClass };

/** @public */
export { spareUrl as URL };

const spareUrl = /* @__PURE__ */ urlClass(own);
