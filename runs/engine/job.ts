import type { LineWatch, OutputFile } from "../../datasets/export/output-set.ts";
import type { Spent } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { Gate } from "../../models/gate/gate.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import type { Tally } from "../accounting/tally.ts";
import type { FailureReason } from "../directory/failure-reasons.ts";
import type { RowJournalRecord } from "../directory/row-journal.ts";
import type { TakenAnswers } from "../directory/taken-answers.ts";
import type { RowReader } from "../input/input-report.ts";
import type { TraceFeedback } from "../tracing/traced-run.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { FinishedRows, Waves } from "./waves.ts";

/** What one command does with each row, and what it makes of them all. */
export type Job<
  Input,
  Result extends RowResult,
  Summary extends Tally & RowCounts,
> = RowReader<Input> & {
  readonly command: string;
  readonly topology: { readonly graph: string };
  readonly agents: readonly BuiltAgent[];
  readonly prompts: Readonly<Record<string, string>>;
  /** SHA-256 of each file of custom code. */
  readonly code: Readonly<Record<string, string>>;
  readonly work: (address: RowAddress, input: Input) => Promise<Result>;
  /** Rows that wait for those before them; all rows are independent where it is not given. */
  readonly waves?: Waves<Result> | undefined;
  /**
   * What the rows up to `last` together change in each of them, for the data files; nothing where
   * it is not given.
   */
  readonly revision?:
    | ((rows: FinishedRows<Result>, last: number) => Promise<(result: Result) => Result>)
    | undefined;
  /**
   * What of a row its models are shown: rows that are alike in it are asked about in the same
   * words.
   */
  readonly question: (input: Input) => unknown;
  readonly unusable: (
    id: string,
    failure: { reason: string; detail: string },
    input: unknown,
  ) => Result;
  /** The line of a finished row in `rows.jsonl`. */
  readonly rowLine: (row: number, result: Result) => object;
  /** The fields of a finished row for traces. */
  readonly feedback: (result: Result) => TraceFeedback[];
  /** Whether the data files depend on more than the rows, and so are written by every session. */
  readonly alwaysWrites?: boolean;
  /** Whether people may say more of its rows while the run goes on. */
  readonly waitsForPeople?: boolean;
  /** The input's path in the manifest, where the command made the file itself. */
  readonly inputPath?: string;
  /**
   * Writes the data files from the finished rows.
   *
   * @param watch Who else takes their lines.
   */
  readonly write: (
    directory: string,
    rows: RowsToWrite<Result>,
    watch?: LineWatch,
  ) => Promise<{ summary: Summary; files: OutputFile[] }>;
  /** Writes the card, after everything else. */
  readonly card?: (facts: {
    summary: Summary;
    files: OutputFile[];
    inputIdentity: string;
  }) => Promise<string>;
};

/** The finished rows of a run, as its data files are made of them. */
export type RowsToWrite<Result> = {
  /** All of them in the order of the input. While the run goes on, this waits for each. */
  readonly inOrder: () => AsyncGenerator<RowJournalRecord<Result>, void, undefined>;
  /** Known once the rows have come to their end. */
  readonly counts: () => RowCounts;
};

/** What a job is made with. */
export type JobParts = {
  readonly gate: Gate;
  readonly priceOf: PriceOf;
  readonly callbacks: Tracing["callbacks"];
  /**
   * The longest answer, in tokens, that a model is asked for where its agent does not say; given
   * under a budget alone.
   */
  readonly longestAnswerOf?: ((model: string, agent: string) => number | undefined) | undefined;
};

/** How a run ended. */
export type JobEnd<Summary> = {
  readonly exitCode: number;
  readonly summary: Summary;
  readonly files: readonly OutputFile[];
  /** In sentences, as the report begins with. */
  readonly results: readonly string[];
  /** The failed rows by reason, the most frequent first. */
  readonly failures: readonly FailureReason[];
  /** Of this session; an earlier one's are not counted. */
  readonly seconds: number;
  /** Why it ended before its time, in a sentence. */
  readonly stoppedBy: string | null;
  /** What to do until the same command goes on, in lines; where it waits for a batch. */
  readonly next?: readonly string[] | undefined;
  /** By all sessions of the run; `leftUsd` is null where it had no budget. */
  readonly spent: Spent & { readonly leftUsd: number | null };
  /** What was taken from other runs, by all sessions, and paid for there. */
  readonly reused: readonly TakenAnswers[];
};

/** The models of all agents, in their order. */
export function modelsOf({ agents }: { readonly agents: readonly BuiltAgent[] }): string[] {
  return agents.map(({ model }) => model);
}
