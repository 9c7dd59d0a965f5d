/** The ids of the machines, for what names their states and need not load them. */

export const CONNECTION = 'connection';
export const SUPERVISION = 'supervision';

export const SESSION = 'session';

/** The charts that every connection has. A reporter tells them; of sessions the inspector has its own. */
export const commonCharts = [CONNECTION, SUPERVISION] as const;
export type CommonChart = (typeof commonCharts)[number];

export const chartNames = [...commonCharts, SESSION] as const;
export type ChartName = (typeof chartNames)[number];
