import { join } from "node:path";
import { oneLine } from "../../models/wire/one-line.ts";
import { shownUsd } from "../../models/cost/budget.ts";
import type { JobEnd } from "../../runs/engine/job.ts";
import { answeredByTexts, type Tally } from "../../runs/accounting/tally.ts";
import { formatCount, formatTokens } from "../../runs/progress/format-figures.ts";
import { printable } from "../../runs/progress/progress.ts";
import type { RowCounts } from "../../state/row-result.ts";

type Ended = JobEnd<
  Pick<Tally, "calls" | "tokens" | "truncatedPrompts" | "answeredBy"> &
    Pick<RowCounts, "done" | "pending" | "failed">
>;

/**
 * Prints how a run ended: the summary as JSON on standard output, or its files, for people.
 */
export function printEnd(
  end: Ended,
  { json, directory }: { readonly json: boolean; readonly directory: string },
): void {
  tellEnd(end, directory, json ? process.stderr : process.stdout);
  if (json) process.stdout.write(`${JSON.stringify(end.summary)}\n`);
}

/** The rows that are missing from the figures below; empty where none is. */
export function missingRowsText({
  summary: { failed, done },
  failures,
}: Pick<JobEnd<{ failed: number; done: number }>, "summary" | "failures">): string {
  if (failed === 0) return "";
  const reasons = failures
    .slice(0, 3)
    .map(({ reason, rows, detail }) => `  ${rows} ${reason}: ${printable(oneLine(detail, 200))}\n`);
  const rows = `MISSING  ${failed} of ${failed + done} rows failed`;
  return `${rows} and are not in the figures below:\n${reasons.join("")}`;
}

/**
 * Prints how a run ended, the problems first, then the files that it left and that are not empty.
 */
export function tellEnd(
  { stoppedBy, files, failures, summary, spent, reused }: Ended,
  directory: string,
  people: NodeJS.WritableStream,
): void {
  if (stoppedBy !== null) people.write(`${printable(stopText(stoppedBy))}\n`);
  const { failed, pending, truncatedPrompts: truncated = 0 } = summary;
  if (truncated > 0) {
    people.write(
      `PROMPTS CUT  the server read only a part of the prompt in ${truncated} calls ` +
        "(promptTruncated in rows.jsonl); their answers count. Give the server a longer context.\n",
    );
  }
  for (const text of answeredByTexts(summary)) {
    people.write(`OTHER MODEL  ${printable(text)}; these answers count.\n`);
  }
  if (failed > 0) {
    // A study has them in its stages, which the reasons name.
    const isHere = files.some(({ name }) => name === "failed.jsonl");
    const where = isHere ? ` (${join(directory, "failed.jsonl")} has them all)` : "";
    people.write(`${failed} rows failed${where}:\n`);
    for (const { reason, rows, detail } of failures) {
      people.write(`  ${rows} ${reason}, the first: ${printable(oneLine(detail, 200))}\n`);
    }
  }
  if (pending > 0) {
    people.write(`${pending} rows are pending; run the same command again to continue.\n`);
  }
  people.write(`${figuresText(summary)}\n`);
  const money = spentText(spent);
  if (money !== "") people.write(`${money}\n`);
  for (const { directory: other, answers } of reused) {
    const what = answers === 1 ? "1 answer" : `${answers} answers`;
    people.write(`${what} taken from ${printable(other)}, not paid for again.\n`);
  }
  for (const line of fileLines(files, directory)) people.write(`${line}\n`);
  people.write(`${join(directory, "run.json")}\n`);
}

/** "stopped by Ctrl-C" is a sentence already; what a provider said is not. */
function stopText(stoppedBy: string): string {
  return stoppedBy.startsWith("stopped ") ? `S${stoppedBy.slice(1)}.` : `Stopped: ${stoppedBy}`;
}

/** What the figures count: calls of rows that are pending were answered and are not in them. */
function figuresText({ done, failed, calls, tokens }: Ended["summary"]): string {
  const took = `${formatTokens(tokens.in)} tokens in, ${formatTokens(tokens.out)} out`;
  const asked = `${formatCount(calls)} calls asked`;
  return `Finished rows: ${formatCount(done + failed)}, with ${asked}, ${took}.`;
}

/** A line a data file, with its Parquet twin; files without lines are left out. */
function fileLines(files: Ended["files"], directory: string): string[] {
  const isThere = (name: string) => files.some((file) => file.name === name);
  return files
    .filter(({ name, lines }) => lines > 0 && !/\.parquet$|^report-rows\//.test(name))
    .map(({ name, lines }) => {
      const path = join(directory, name);
      if (!name.endsWith(".jsonl")) return path;
      const twin = name.replace(/jsonl$/, "parquet");
      return `${path} (${lines} lines)${isThere(twin) ? `, ${join(directory, twin)}` : ""}`;
    });
}

/**
 * What the run spent, known and unknown, and what its budget has left; empty for one that cost
 * nothing and had none.
 */
function spentText({ usd, unknownUsd, unpriced, leftUsd }: JobEnd<unknown>["spent"]): string {
  if (leftUsd === null && usd + unknownUsd === 0 && unpriced === 0) return "";
  const parts = [`Spent by all sessions of this run: ${shownUsd(usd)}`];
  if (unknownUsd > 0) {
    parts.push(`up to ${shownUsd(unknownUsd)} more for calls of unknown cost`);
  }
  if (unpriced > 0) parts.push(`${unpriced} calls of unknown cost, whose models have no price`);
  if (leftUsd !== null) parts.push(`${shownUsd(leftUsd)} of the budget left`);
  return `${parts.join("; ")}.`;
}
