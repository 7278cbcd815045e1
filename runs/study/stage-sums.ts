import type { RowCounts } from "../../state/row-result.ts";
import { emptyTally, roundedUsd, type Tally } from "../accounting/tally.ts";
import type { JobEnd } from "../engine/job.ts";
import type { StageEnd } from "./run-stage.ts";
import type { Stages } from "./stages.ts";

/** The sums over stages. */
export function sumOfStages(ended: readonly StageEnd[]): Tally & RowCounts {
  const total = { rows: 0, done: 0, failed: 0, pending: 0, ...emptyTally() };
  for (const { summary } of ended.map(({ end }) => end)) {
    for (const field of ["rows", "done", "failed", "pending", "calls"] as const) {
      total[field] += summary[field];
    }
    for (const field of ["in", "out", "unknown"] as const) {
      total.tokens[field] += summary.tokens[field];
    }
    total.cost.usd = roundedUsd(total.cost.usd + summary.cost.usd);
    total.cost.unknown += summary.cost.unknown;
  }
  return total;
}

/** How the stages ended together: the gravest exit code, all failures, what all spent. */
export function stagesEnd({
  ended,
  stoppedBy,
  leftUsd,
}: Stages): Omit<JobEnd<unknown>, "summary" | "files" | "results" | "seconds"> {
  const sum = (of: (spent: JobEnd<unknown>["spent"]) => number) =>
    ended.reduce((total, { end }) => total + of(end.spent), 0);
  return {
    exitCode: Math.max(0, ...ended.map(({ end }) => end.exitCode)),
    failures: ended.flatMap(({ stage, end }) =>
      end.failures.map((one) => ({ ...one, detail: `${stage}: ${one.detail}` })),
    ),
    stoppedBy,
    next: ended.at(-1)?.end.next,
    spent: {
      usd: roundedUsd(sum(({ usd }) => usd)),
      unknownUsd: roundedUsd(sum(({ unknownUsd }) => unknownUsd)),
      unpriced: sum(({ unpriced }) => unpriced),
      leftUsd,
    },
    reused: ended.flatMap(({ end }) => end.reused),
  };
}
