import type { FaultCase, FaultContext } from "../fault-case.ts";
import type { FaultName } from "../server/faults.ts";
import type { RequestEntry } from "../server/request-log.ts";
import { expectEnd, runServed, type ServedRun } from "../served-run.ts";
import { bothLanguages, boughtAgain } from "../served-checks.ts";
import { outputsOf } from "../simulated-run.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

const ends: readonly FaultName[] = [
  "end-length",
  "end-filter",
  "end-recitation",
  "end-missing",
  "end-unknown",
  "refusal",
  "prompt-blocked",
];

/** The other way round: what was OpenAI's is Gemini's. */
const otherWay = [
  "--model",
  "generator=google:gemini-test",
  "--model",
  "reviewer=compatible:test-reviewer",
  "--model",
  "judge=google:gemini-judge",
];

/** Row 17 of the plan. */
export const badEnds: FaultCase = {
  name: "bad-ends",
  fault:
    "answers with a text that end in length, content_filter, SAFETY, RECITATION, a refusal, " +
    "nothing or a new word, in every third call of a loop",
  promise: "none of their texts is in any data file, and none is asked for again",
  run: (context) =>
    withFaultServer({ seed: context.seed }, async (server) => {
      const ways = context.size === "full" ? [bothLanguages, otherWay] : [bothLanguages];
      const violations: string[] = [];
      let [bad, leaks, done] = [0, 0, 0];
      for (const [index, options] of ways.entries()) {
        const found = await runBad(server, `way-${index + 1}`, options, context);
        violations.push(...found.violations);
        bad += found.bad;
        leaks += found.leaks;
        done += found.done;
      }
      const figures = { "bad ends": bad, "rows done all the same": done, leaks };
      return { rounds: bad, violations, figures };
    }),
};

async function runBad(
  server: FaultServer,
  name: string,
  options: readonly string[],
  { size, directory }: FaultContext,
) {
  const rows = size === "full" ? 120 : 10;
  await server.reset({ faults: ends.map((fault) => ({ fault, share: 0.35 / ends.length })) });
  const run = await runServed(server, {
    script: "generate",
    topology: feedbackLoop.graph,
    rows,
    directory,
    name,
    options,
  });
  const log = await server.settledLog();
  const bad = log.filter(({ faultId }) => faultId !== null);
  const leaked = leaksOf(run, bad);
  const done = run.rows.length;
  const violations = expectEnd(run, { code: done === rows ? 0 : 3, pending: 0 });
  violations.push(...leaked, ...boughtAgain(log));
  for (const failed of run.failed) {
    if (!/^(?:cut_at_length|filtered|refused|bad_response|empty)$/.test(failed.reason)) {
      violations.push(`row ${failed.row} failed with ${failed.reason}`);
    }
  }
  return { violations, bad: bad.length, leaks: leaked.length, done };
}

/**
 * The marks of texts that must be in no data file. A row's transcript holds the answers all the
 * same, and the reason for an early end.
 */
function leaksOf(run: ServedRun, bad: readonly RequestEntry[]): string[] {
  const files = Object.entries(outputsOf(run.out))
    .filter(([name]) => name !== "failed.jsonl")
    .map(([name, text]) => [name, name === "rows.jsonl" ? usedIn(run) : text] as const);
  return bad.flatMap(({ key, faultId, row }) => {
    const marks = [`Answer ${key.slice(0, 12)}`, `Change passage ${key.slice(0, 8)}`];
    return files
      .filter(([, text]) => marks.some((mark) => text.includes(mark)))
      .map(([name]) => `${name} holds the text of ${faultId}, row ${row}`);
  });
}

function usedIn({ rows }: ServedRun): string {
  return JSON.stringify(
    rows.map((row) => ({ ...row, transcript: undefined, endedEarly: undefined })),
  );
}
