/** What type-checks in a page runs there: the two faces of each entry have the same names, but for those listed here. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as page from '../../src/browser.ts';
import * as node from '../../src/index.ts';
import * as nodeSockets from '../../src/websocket.ts';
import * as pageSockets from '../../src/websocket-browser.ts';
import * as nodeClass from '../../src/websocket-class.ts';
import * as pageClass from '../../src/websocket-class-browser.ts';

const ofNode = {
  pinoLogger: 'pino writes to standard error',
};
const ofPages = {
  workerClock: 'a page throttles its timers, and a process does not',
  clockWorkerSource: 'the script of that worker',
};

const valuesBeyond = (face: object, other: object) => Object.keys(face).filter((name) => !(name in other));

test('faces: Node exports no value that pages lack, but for those with a reason', () => {
  expect(valuesBeyond(node, page).sort()).toEqual(Object.keys(ofNode).sort());
});

test('faces: a page exports no value that Node lacks, but for those with a reason', () => {
  expect(valuesBeyond(page, node).sort()).toEqual(Object.keys(ofPages).sort());
});

test('faces: a page has the values of holdfast/websocket and its class that need no package of Node', () => {
  expect(valuesBeyond(nodeSockets, pageSockets)).toEqual(['webSocketOverWs']);
  expect(valuesBeyond(pageSockets, nodeSockets)).toEqual([]);
  expect(Object.keys(pageClass).sort()).toEqual(Object.keys(nodeClass).sort());
});

const typesOfNode = {
  AcceptSpec: 'a page accepts nothing',
  Bound: 'nor does it listen',
  Certificate: 'likewise',
  Listener: 'likewise',
  ListenLimits: 'likewise',
  ListenSpec: 'likewise',
  Lookup: 'a browser looks names up',
  NodeSupervisorOptions: 'a page has fewer',
  PinoOptions: 'pino is a logger of Node',
  StopOptions: 'they are about accepted connections',
};
const typesOfPages = {
  ClockWorker: 'that worker',
  WorkerClock: 'of that worker',
  WorkerClockOptions: 'of that worker',
};

/** The names that a face exports, values and types. */
function namesOf(file: string): string[] {
  const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8');
  const lists = [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list = '']) => list);
  return lists
    .flatMap((list) => list.split(','))
    .map((each) => each.replace(/^.* as |type /, '').trim())
    .filter(Boolean);
}

test('faces: the types of one face are those of the other, but for those with a reason', () => {
  const [nodes, pages] = [namesOf('index.ts'), namesOf('browser.ts')];
  expect(nodes.length).toBeGreaterThan(80);
  const beyond = (some: string[], others: string[]) => some.filter((name) => !others.includes(name)).sort();
  expect(beyond(nodes, pages)).toEqual(Object.keys({ ...ofNode, ...typesOfNode }).sort());
  expect(beyond(pages, nodes)).toEqual(Object.keys({ ...ofPages, ...typesOfPages }).sort());
});
