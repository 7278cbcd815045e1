import type { FaultCase } from "../fault-case.ts";
import type { FaultName } from "../server/faults.ts";
import { expectEnd, runServed, type Written } from "../served-run.ts";
import { boughtAgain } from "../served-checks.ts";
import { withFaultServer } from "../start-fault-server.ts";

/** What befalls the juror in the middle, row by row. */
const troubles: readonly FaultName[] = [
  "bad-request",
  "malformed-json",
  "end-filter",
  "hang-in-body",
  "rst-in-body",
  "overflow-openai",
  "null-content",
];

const jury = `graph: jury
strategy: combined
scale: 10
aggregate: plurality
agents:
  jurors:
    - { name: first, model: "compatible:test-first" }
    - { name: troubled, model: "compatible:test-troubled", timeoutMs: 3000 }
    - { name: last, model: "google:gemini-last" }
`;

/** Row 25 of the plan. */
export const oneJurorFails: FaultCase = {
  name: "one-juror-fails",
  fault: "one juror of three refused, filtered, broken off or hanging, each row in another way",
  promise:
    "the others are not aborted and bought once, their votes are kept, and the row has a verdict",
  run: ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [100, 300] }, async (server) => {
      const rows = troubles.length * (size === "full" ? 8 : 1);
      const faults = troubles.map((fault, index) => ({
        fault,
        model: "test-troubled",
        rows: numbersTo(rows).filter((row) => (row - 1) % troubles.length === index),
      }));
      await server.reset({ faults });
      const run = await runServed(server, { script: "evaluate", topology: jury, rows, directory });
      const log = await server.settledLog();
      const siblings = log.filter(({ model }) => model !== "test-troubled");
      const aborted = siblings.filter(({ clientClosedEarly }) => clientClosedEarly).length;
      const violations = expectEnd(run, { code: 0, done: rows, failed: 0, pending: 0 });
      if (aborted > 0) violations.push(`${aborted} calls of other jurors were aborted`);
      if (siblings.length !== 2 * rows) violations.push(`${siblings.length} calls of other jurors`);
      violations.push(...boughtAgain(log), ...run.rows.flatMap(lostVotes));
      return { rounds: rows, violations, figures: { rows, "calls of others aborted": aborted } };
    }),
};

function lostVotes({ row, id, votes, winner }: Written): string[] {
  const parsed = votes
    .filter((vote: Written) => vote.parsed === true)
    .map((vote: Written) => vote.agent);
  const lost = ["first", "last"].filter((name) => !parsed.includes(name));
  const complaints = lost.map((name) => `row ${row ?? id}: the vote of ${name} is lost`);
  return winner === "none" ? [...complaints, `row ${row ?? id} has no verdict`] : complaints;
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
