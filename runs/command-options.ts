import type { ReportOptions } from "../report-page/page/write-report.ts";
import type { Environment } from "../models/providers/create-endpoint.ts";
import type { TopologyChanges } from "../topologies/load/load-topology.ts";
import type { GateOptions } from "./gates/sift.ts";
import type { InputReading } from "./input/read-input.ts";
import type { Progress } from "./progress/progress.ts";
import type { Shard } from "./shards/shard.ts";

/** Where the files of batches are. */
export type BatchFiles = {
  readonly folder: string;
  /** The directory of the command; runs in directories below it have folders below `folder`. */
  readonly root: string;
};

/** What every command over many rows is told. */
export type CommandOptions = TopologyChanges & {
  readonly input: string;
  /**
   * The input in the user's words, where `input` is the address of a commit that they led to.
   */
  readonly askedInput?: string | undefined;
  /**
   * How the rows of the input are read, and which ones; all of them as they are where not given.
   */
  readonly reading?: InputReading | undefined;
  /** Where the run's files go. */
  readonly directory: string;
  /** Rows in flight. */
  readonly concurrency: number;
  /** Processes that take rows through the graph; this one alone where not given. */
  readonly workers?: number | undefined;
  /** The address of a Redis whose workers take the rows and make the calls. */
  readonly queue?: string | undefined;
  /** Calls go into batches of the providers' services; all are made live where not given. */
  readonly batch?: boolean | undefined;
  /** Calls go into files for batches; all are sent where not given. */
  readonly batchFiles?: BatchFiles | undefined;
  /** Only the first rows. */
  readonly limit?: number | undefined;
  /** The part of the rows that this run is over; all of them where not given. */
  readonly shard?: Shard | undefined;
  /**
   * What the run may spend, in dollars, all its sessions together: a shard its share. No limit
   * where not given.
   */
  readonly budgetUsd?: number | undefined;
  /** A price table in place of `models/prices.yaml`. */
  readonly prices?: string | undefined;
  /** What is dropped of the training data; nothing where not given. */
  readonly gates?: GateOptions | undefined;
  /** Moves an earlier run in the directory aside. */
  readonly fresh: boolean;
  /** Goes on with a damaged journal. */
  readonly salvage: boolean;
  /** Directories of other runs, whose answers are taken where the same was asked. */
  readonly reuse?: readonly string[] | undefined;
  /**
   * Whether `report.html` gets plots and a drawing, which take a second; tables alone where not
   * given. Commands ask for them.
   */
  readonly plots?: boolean | undefined;
  /**
   * Finds what the calls of the rows of a directory were asked, for `report.html`; not shown where
   * not given.
   */
  readonly askedOf?: ReportOptions["askedOf"];
  /** The command as it was given, as a shell reads it. */
  readonly commandLine?: string | undefined;
  readonly environment: Environment;
  readonly progress: Progress;
};
