import type { BenchServer } from "./bench-server.ts";
import type { Shape } from "./tables.ts";

/** What `npm run bench` was told. */
export type BenchOptions = {
  readonly server: BenchServer;
  readonly full: boolean;
  /** Runs of each arm that count. */
  readonly rounds: number;
  /** Calls of a run, about. */
  readonly calls: number;
  /** Whether an arm is asked for. */
  readonly isWanted: (arm: string) => boolean;
  /** Calls in flight and latencies of the rates. */
  readonly shapes: readonly Shape[];
  /** Rows of the runs whose memory is compared; each part has its own where not given. */
  readonly rows: readonly number[] | undefined;
  /** A Python that may have distilabel. */
  readonly python: string;
  /** Another checkout, compiled. */
  readonly beside: string | undefined;
  readonly print: (text: string) => void;
};

/** One part of the bench: it measures, and prints Markdown. */
export type Part = {
  readonly name: string;
  /** When it is measured without being named: always, with `--full`, or never. */
  readonly without: "always" | "full" | "never";
  readonly measure: (options: BenchOptions) => Promise<void>;
};
