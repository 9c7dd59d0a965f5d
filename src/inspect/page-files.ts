/** The files of the page, read once and served by exact name: no path of a request reaches the file system. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { ConfigError } from '../base/errors.ts';
import type { ChartLayout } from './chart-layout.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};

export interface PageFile {
  readonly type: string;
  readonly body: Uint8Array | string;
}

export interface Page {
  /** By path: `/`, `/app.js`. */
  readonly files: ReadonlyMap<string, PageFile>;
  /** By the id of the machine; from `layout.json`, if the folder has one. */
  readonly layouts: Readonly<Record<string, ChartLayout>>;
}

/** A recording that the page shows in place of a process. */
export interface RecordingFile {
  readonly name: string;
  readonly json: string;
}

/** Throws `ConfigError` when the folder has no page. */
export function readPage(folder: string, token: string, recording?: RecordingFile): Page {
  const names = namesIn(folder).filter((name) => Object.hasOwn(types, extname(name)));
  if (!names.includes('index.html')) {
    throw new ConfigError([{ path: 'page', value: folder, expected: 'a folder with an index.html' }]);
  }
  const files = new Map<string, PageFile>();
  for (const name of names) {
    files.set(`/${name}`, { type: types[extname(name)] ?? '', body: readFileSync(join(folder, name)) });
  }
  const html = withToken(String(files.get('/index.html')?.body), names, token);
  files.set('/', {
    type: types['.html'] ?? '',
    body: recording ? withRecording(html, recording, token) : html,
  });
  if (recording)
    files.set(`/${RECORDING}`, { type: types['.json'] ?? '', body: Buffer.from(recording.json) });
  files.delete('/index.html');
  const layouts = files.get('/layout.json')?.body ?? '{}';
  return { files, layouts: JSON.parse(String(layouts)) as Page['layouts'] };
}

const RECORDING = 'recording.json';

/** Tells the page where the recording is, and what it is called. */
function withRecording(html: string, { name }: RecordingFile, token: string): string {
  const text = name.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const meta = `<meta name="holdfast-recording" content="${RECORDING}?token=${token}" data-name="${text}">`;
  return html.replace('</head>', () => `${meta}</head>`);
}

/** The page's own files need the token too. */
function withToken(html: string, names: readonly string[], token: string): string {
  return html.replace(/\b(src|href)="(?:\.?\/)?([^"/?]+)"/g, (whole, attribute: string, name: string) =>
    names.includes(name) ? `${attribute}="${name}?token=${token}"` : whole,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
