/** The first message of an inspector to its pages, and of a reporter to its inspector. */
import { packageName } from '../base/package-name.ts';
import type { ChartModel } from './chart-model.ts';
import type { ChartName } from './chart-names.ts';
import { type Hello, type Machine, WIRE_VERSION } from './wire.ts';

/** Charts, without the places where they are drawn. */
export function machinesOf<Name extends ChartName>(
  names: readonly Name[],
  modelOf: (name: Name) => ChartModel,
): readonly Machine[] {
  return names.map((id) => ({ id, model: modelOf(id) }));
}

export function helloOf(now: number, mayShowMessages: boolean, machines: readonly Machine[]): Hello {
  return { type: 'hello', version: WIRE_VERSION, now, server: packageName, mayShowMessages, machines };
}
