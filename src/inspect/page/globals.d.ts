/** Put in by the build: the chart of a connection, for recordings that are opened without a server. */
declare const CONNECTION_CHART: import('../chart-model.ts').ChartModel;
declare module '*.css';
