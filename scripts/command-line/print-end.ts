import { join } from "node:path";
import { shownUsd } from "../../models/cost/budget.ts";
import type { JobEnd } from "../../runs/engine/job.ts";
import { printable } from "../../runs/progress/progress.ts";

type Ended = JobEnd<{ pending: number; failed: number }>;

/** Tells how a run ended: the summary as JSON on standard output, or the files it left, for people. */
export function printEnd(
  end: Ended,
  { json, directory }: { readonly json: boolean; readonly directory: string },
): void {
  tellEnd(end, directory, json ? process.stderr : process.stdout);
  if (json) process.stdout.write(`${JSON.stringify(end.summary)}\n`);
}

/** Tells people the files that a run left, and what is not done. */
export function tellEnd(
  { stoppedBy, files, summary, spent, reused }: Ended,
  directory: string,
  people: NodeJS.WritableStream,
): void {
  if (stoppedBy !== null) people.write(`Stopped: ${printable(stoppedBy)}\n`);
  const money = spentText(spent);
  if (money !== "") people.write(`${money}\n`);
  for (const { directory: other, answers } of reused) {
    const what = answers === 1 ? "1 answer" : `${answers} answers`;
    people.write(`${what} taken from ${printable(other)}, not paid for again.\n`);
  }
  for (const { name, lines } of files) {
    const holds = name.endsWith(".jsonl") ? ` (${lines} lines)` : "";
    people.write(`${join(directory, name)}${holds}\n`);
  }
  people.write(`${join(directory, "run.json")}\n`);
  const { failed, pending } = summary;
  if (failed > 0) {
    people.write(`${failed} rows failed; ${join(directory, "failed.jsonl")} says why.\n`);
  }
  if (pending > 0) {
    people.write(`${pending} rows are pending; the same command again goes on with them.\n`);
  }
}

/** What the run spent, known and unknown, and what its budget has left; empty for one that cost nothing and had none. */
function spentText({ usd, unknownUsd, unpriced, leftUsd }: JobEnd<unknown>["spent"]): string {
  if (leftUsd === null && usd + unknownUsd === 0 && unpriced === 0) return "";
  const parts = [`Spent by all sessions of this run: ${shownUsd(usd)}`];
  if (unknownUsd > 0) {
    parts.push(`up to ${shownUsd(unknownUsd)} more for calls whose cost nobody told`);
  }
  if (unpriced > 0) parts.push(`${unpriced} calls to models without a price`);
  if (leftUsd !== null) parts.push(`${shownUsd(leftUsd)} of the budget left`);
  return `${parts.join("; ")}.`;
}
