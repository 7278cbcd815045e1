import type { FaultCase, FaultContext } from "../fault-case.ts";
import { faultOf } from "../server/answer-request.ts";
import type { RequestEntry } from "../server/request-log.ts";
import type { FaultRule } from "../server/server-settings.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { bothLanguages, boughtAgain, byKey } from "../served-checks.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

/** Every third send fails, each in its way, whatever its number. */
const errors: readonly FaultRule[] = [
  { fault: "http-500", share: 0.08 },
  { fault: "http-502", share: 0.06 },
  { fault: "http-503", share: 0.06 },
  { fault: "http-529", share: 0.05 },
  { fault: "gateway-404", share: 0.05 },
];

/** One row meets nothing but errors. */
const lostRow: FaultRule = { fault: "http-500", rows: [2], form: "text" };

const overloaded = new Set(["http-503", "http-529"]);
/** How often one call is sent at most: to a server with too much to do, and after another error. */
const sendsAtMost = { overloaded: 9, error: 5 };

/** Row 12 of the plan. */
export const serverErrors: FaultCase = {
  name: "server-errors",
  fault:
    "500, 502, 503, 529 and a gateway's 404 in three of ten sends, then a time of nothing but 503",
  promise: "every call is sent exactly as often as the policy says, and the rows come through",
  run: (context) =>
    withFaultServer({ seed: context.seed }, async (server) => {
      const mixed = await runMixed(server, context);
      // A short outage shows nothing that the mix does not.
      const outage = context.size === "full" ? await runOutage(server, context) : null;
      return {
        rounds: mixed.calls + (outage?.calls ?? 0),
        violations: [...mixed.violations, ...(outage?.violations ?? [])],
        figures: { ...mixed.figures, ...outage?.figures },
      };
    }),
};

async function runMixed(server: FaultServer, { seed, size, directory }: FaultContext) {
  const rows = size === "full" ? 100 : 3;
  // Five sends of one call take a quarter of a minute.
  const faults = size === "full" ? [lostRow, ...errors] : errors;
  await server.reset({ faults });
  const run = await runServed(server, {
    script: "generate",
    topology: feedbackLoop.graph,
    rows,
    directory,
    name: "mixed",
    options: bothLanguages,
  });
  const log = await server.log();
  const calls = [...byKey(log).values()].map((sends) => ({
    row: sends[0]?.row ?? 0,
    sends: sends.length,
    ...expectedSends(sends, { seed, faults }),
  }));
  const wrong = calls.filter(({ sends, expected }) => sends !== expected);
  const violations = wrong.map(
    ({ row, sends, expected }) => `row ${row}: ${sends} sends of one call, expected ${expected}`,
  );
  const lost = new Set(calls.filter(({ isAnswered }) => !isAnswered).map(({ row }) => row));
  const failed = run.failed.length;
  violations.push(
    ...expectEnd(run, { code: failed === 0 ? 0 : 3, done: rows - failed, pending: 0 }),
  );
  for (const { row, reason } of run.failed) {
    if (!lost.has(row) || reason !== "provider_error")
      violations.push(`row ${row} failed with ${reason}`);
  }
  violations.push(...boughtAgain(log));
  const figures = {
    calls: calls.length,
    requests: log.length,
    "wrong number of sends": wrong.length,
  };
  return { violations, calls: calls.length, figures };
}

/** What the policy makes of the faults that a call meets. */
function expectedSends(
  [first]: readonly RequestEntry[],
  settings: { readonly seed: number; readonly faults: readonly FaultRule[] },
) {
  const met = { overloaded: 0, error: 0 };
  for (let attempt = 1; first !== undefined; attempt += 1) {
    const rule = faultOf(first, attempt, settings);
    if (rule === null) return { expected: attempt, isAnswered: true };
    const kind = overloaded.has(rule.fault) ? "overloaded" : "error";
    met[kind] += 1;
    if (met[kind] >= sendsAtMost[kind]) return { expected: attempt, isAnswered: false };
  }
  return { expected: 0, isAnswered: false };
}

async function runOutage(server: FaultServer, { directory }: FaultContext) {
  const seconds = 60;
  const rows = 40;
  await server.reset({
    faults: [],
    outage: { fault: "http-503", fromMs: 0, untilMs: 1_000 * seconds },
  });
  const run = await runServed(server, {
    script: "generate",
    topology: "single",
    rows,
    directory,
    name: "outage",
    options: ["--model", "google:gemini-test"],
  });
  const calls = byKey(await server.log());
  const mostSends = Math.max(...[...calls.values()].map(({ length }) => length));
  const violations = expectEnd(run, { code: 0, done: rows, failed: 0, pending: 0 });
  if (mostSends > sendsAtMost.overloaded) violations.push(`${mostSends} sends of one call`);
  const figures = { "outage, seconds": seconds, "most sends of one call in it": mostSends };
  return { violations, calls: calls.size, figures };
}
