/** A parser of what Prometheus reads, ported from the one of its client for Python; it comes without types. */
declare module 'parse-prometheus-text-format' {
  interface Sample {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value?: string;
  }

  interface Family {
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly metrics: readonly Sample[];
  }

  // biome-ignore lint/style/noDefaultExport: the package has it
  export default function parse(text: string): readonly Family[];
}
