/** Defined by the build: both charts, for recordings that are opened without a server. */
declare const CHARTS: Readonly<
  Record<import('../chart-names.ts').ChartName, import('../chart-model.ts').ChartModel>
>;
declare module '*.css';
