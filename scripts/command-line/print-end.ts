import { join } from "node:path";
import { oneLine } from "../../models/wire/one-line.ts";
import { shownUsd } from "../../models/cost/budget.ts";
import type { JobEnd } from "../../runs/engine/job.ts";
import { labelCommand, type PersonFigures } from "../../runs/cascade/person-decides.ts";
import { answeredByTexts, type Tally } from "../../runs/accounting/tally.ts";
import { formatCount, formatTokens } from "../../runs/progress/format-figures.ts";
import { printable } from "../../runs/progress/progress.ts";
import { counted, nounFor } from "../../state/counted.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { shellWord } from "../../state/shell-word.ts";
import { wrapped } from "./wrapped.ts";

type EndSummary = Pick<
  Tally,
  "calls" | "tokens" | "sharedCalls" | "truncatedPrompts" | "answeredBy"
> &
  Pick<RowCounts, "done" | "pending" | "failed"> & {
    readonly person?: PersonFigures | undefined;
    readonly agreement?: { readonly accuracy: { readonly value: number | null } } | undefined;
  };
type Ended = Omit<JobEnd<EndSummary>, "results">;

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

/**
 * Prints how a run ended, the problems first, then the files that it left and that are not empty,
 * and what to look at next.
 */
export function tellEnd(
  end: Ended,
  directory: string,
  people: NodeJS.WritableStream,
  { isOneOfSeveral = false }: { readonly isOneOfSeveral?: boolean } = {},
): void {
  const lines = [
    ...problemLines(end, directory),
    figuresText(end.summary),
    ...spentLines(end.spent),
    ...reusedLines(end.reused),
  ];
  for (const line of lines) people.write(`${wrapped(printable(line), people)}\n`);
  const next = end.next ?? (isOneOfSeveral ? [] : nextLines(end, directory));
  for (const line of [...fileLines(end.files, directory), ...next]) {
    people.write(`${printable(line)}\n`);
  }
}

/** What the figures must not be read without. */
function problemLines({ stoppedBy, files, failures, summary }: Ended, directory: string): string[] {
  const { failed, pending, truncatedPrompts: truncated = 0 } = summary;
  const lines = stoppedBy === null ? [] : [stopText(stoppedBy)];
  if (truncated > 0) {
    lines.push(
      `PROMPTS CUT  the server read only a part of the prompt in ${counted(truncated, "call")} ` +
        "(promptTruncated in rows.jsonl); the answers count. Give the server a longer context.",
    );
  }
  for (const text of answeredByTexts(summary)) {
    lines.push(`OTHER MODEL  ${text}; these answers count.`);
  }
  if (failed > 0) {
    // A study has them in its stages, which the reasons name.
    const isHere = files.some(({ name }) => name === "failed.jsonl");
    const where = isHere ? ` (${join(directory, "failed.jsonl")} has them all)` : "";
    lines.push(`${counted(failed, "row")} failed${where}:`);
    for (const { reason, rows, detail } of failures) {
      lines.push(`  ${rows} ${reason}, the first: ${oneLine(detail, 200)}`);
    }
  }
  if (summary.person !== undefined) lines.push(...personLines(summary.person, directory));
  if (pending > 0) {
    const are = pending === 1 ? "is" : "are";
    lines.push(
      `${counted(pending, "row")} ${are} pending; run the same command again to continue.`,
    );
  }
  return lines;
}

/** How many rows people decide, and what to do about those that wait. */
function personLines(figures: PersonFigures, directory: string) {
  const { asked, decided, waiting } = figures;
  const said =
    `${counted(asked, "row")} went to people, who decided ` +
    `${formatCount(decided)}; the agreement leaves them out.`;
  if (waiting === 0) return asked === 0 ? [] : [said];
  const wait = waiting === 1 ? "1 row waits" : `${formatCount(waiting)} rows wait`;
  return [
    said,
    `${wait} for a person. Label them, then run the same command again:`,
    `  ${labelCommand(directory, figures)}`,
  ];
}

/** "stopped by Ctrl-C" is a sentence already; what a provider said is not. */
function stopText(stoppedBy: string): string {
  return stoppedBy.startsWith("stopped ") ? `S${stoppedBy.slice(1)}.` : `Stopped: ${stoppedBy}`;
}

/** What the figures count: calls of rows that are pending were answered and are not in them. */
function figuresText({ done, failed, calls, sharedCalls, tokens }: EndSummary): string {
  const taken = `${formatTokens(tokens.in)} ${nounFor(tokens.in, "token")} in`;
  const took = `${taken}, ${formatTokens(tokens.out)} out`;
  const rows = `${counted(done, "row")} done${failed === 0 ? "" : `, ${formatCount(failed)} failed`}`;
  const shared = sharedCalls === undefined ? "" : ` (${sharedText(sharedCalls)})`;
  return `${rows}: ${counted(calls, "call")}${shared}, ${took}.`;
}

function sharedText(calls: number): string {
  const share = calls === 1 ? "shares" : "share";
  return `${formatCount(calls)} of them ${share} the answer of an identical call`;
}

/** A line a data file, with its Parquet twin; files without lines are left out. */
function fileLines(files: Ended["files"], directory: string): string[] {
  const isThere = (name: string) => files.some((file) => file.name === name);
  const lines = files
    .filter(({ name, lines: count }) => count > 0 && !/\.parquet$|^report-rows\//.test(name))
    .map(({ name, lines: count }) => {
      const path = join(directory, name);
      if (!name.endsWith(".jsonl")) return path;
      const twin = name.replace(/jsonl$/, "parquet");
      const beside = isThere(twin) ? `, ${join(directory, twin)}` : "";
      return `${path} (${counted(count, "line")})${beside}`;
    });
  return [...lines, join(directory, "run.json")];
}

/** What to open, and commands that show rows. */
function nextLines({ files, summary }: Ended, directory: string): string[] {
  const isHere = (name: string) => files.some((file) => file.name === name && file.lines > 0);
  const show = `fellowship show ${shellWord(directory)}`;
  const accuracy = summary.agreement?.accuracy.value ?? 1;
  const commands = [
    ...(isHere("failed.jsonl") ? [`  ${show} --where failed`] : []),
    ...(isHere("rows.jsonl") && accuracy < 1 ? [`  ${show} --where disagree`] : []),
    ...(isHere("rows.jsonl") ? [`  ${show} --row 1`] : []),
  ];
  const page = isHere("report.html") ? `open ${join(directory, "report.html")} in a browser` : "";
  if (page === "") return commands.length === 0 ? [] : ["Next:", ...commands];
  return commands.length === 0 ? [`Next, ${page}.`] : [`Next, ${page}, or:`, ...commands];
}

/**
 * What the run spent, known and unknown, and what its budget has left; nothing for one that cost
 * nothing and had none.
 */
function spentLines({ usd, unknownUsd, unpriced, leftUsd }: Ended["spent"]): string[] {
  if (leftUsd === null && usd + unknownUsd === 0 && unpriced === 0) return [];
  const parts = [`Spent by all sessions of this run: ${shownUsd(usd)}`];
  if (unknownUsd > 0) {
    parts.push(`up to ${shownUsd(unknownUsd)} more for calls of unknown cost`);
  }
  if (unpriced > 0) {
    parts.push(`${counted(unpriced, "call")} of unknown cost, to models without a price`);
  }
  if (leftUsd !== null) parts.push(`${shownUsd(leftUsd)} of the budget left`);
  return [`${parts.join("; ")}.`];
}

function reusedLines(reused: Ended["reused"]): string[] {
  return reused.map(
    ({ directory, answers }) =>
      `${counted(answers, "answer")} taken from ${directory}, not paid for again.`,
  );
}
