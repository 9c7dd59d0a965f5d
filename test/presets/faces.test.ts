/** What type-checks in a page runs there: the two faces of the package have the same values, but for those listed here. */
import { expect, test } from 'vitest';
import * as page from '../../src/browser.ts';
import * as node from '../../src/index.ts';

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
