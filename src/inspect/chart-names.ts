/** The ids of the two machines, for what names their states and need not load them. */

export const CONNECTION = 'connection';
export const SUPERVISION = 'supervision';

export const chartNames = [CONNECTION, SUPERVISION] as const;
export type ChartName = (typeof chartNames)[number];
