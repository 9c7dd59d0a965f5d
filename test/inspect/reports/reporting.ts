/** An inspector and a process that reports to it, each with a virtual clock of its own; the sockets are real. */
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import type { InspectorOptions } from '../../../src/inspect/options.ts';
import { type Reporter, type ReportOptions, reportTo } from '../../../src/inspect/reporter.ts';
import { lineServer, type World, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { inspected, Visitor } from '../visitor.ts';

export const url = 'memory://feed';

export function reportOf(here: World, reportUrl = '', options: Partial<ReportOptions> = {}): Reporter {
  const reporter = reportTo(here.supervisor, { url: reportUrl, name: 'shop', WebSocket, ...options });
  later(() => reporter.stop());
  return reporter;
}

export async function reporting(options: InspectorOptions = {}, of: Partial<ReportOptions> = {}) {
  const [center, page] = [world(), world({ recorder: flightRecorder(), seed: 2 })];
  page.network.serve('feed', lineServer);
  for (const { supervisor } of [center, page]) later(() => supervisor.actor.stop());
  const inspector = await inspected(center.supervisor, { reports: true, ...options });
  const { reportUrl } = inspector;
  const reporter = reportOf(page, reportUrl, of);
  /** Both clocks move on in steps of 100 ms, with real input and output in between, until the condition holds. */
  const until = async (holds: () => boolean, worlds: readonly World[] = [center, page]) => {
    for (let step = 0; !holds(); step++) {
      if (step > 2000) throw new Error('the condition never held');
      for (const { clock } of worlds) await clock.run(100);
      await turn();
    }
  };
  const visit = async () => {
    const visitor = new Visitor(inspector);
    await until(() => visitor.all('full').length > 0);
    return visitor;
  };
  return { center, page, inspector, reporter, reportUrl, until, visit };
}
