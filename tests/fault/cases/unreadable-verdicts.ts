import type { FaultCase } from "../fault-case.ts";
import type { RequestEntry } from "../server/request-log.ts";
import { expectEnd, runServed, type ServedCommand } from "../served-run.ts";
import { withFaultServer } from "../start-fault-server.ts";
import { coevol } from "../../../topologies/kinds/coevol.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

type Judging = Pick<ServedCommand, "script" | "topology" | "options"> & {
  /** Calls to those who judge, a row, that can't be fewer or more. */
  readonly calls: number;
  readonly isShort?: boolean;
};

const judgings: readonly Judging[] = [
  {
    script: "evaluate",
    topology: "judge",
    options: ["--set", "reasks=2"],
    calls: 3,
  },
  {
    script: "evaluate",
    topology: "judge",
    options: ["--set", "strategy=independent", "--set", "reasks=1"],
    calls: 4,
  },
  {
    script: "evaluate",
    topology: "judge",
    options: ["--set", "strategy=direct", "--set", "orders=both"],
    calls: 4,
  },
  { script: "generate", topology: feedbackLoop.graph, calls: 4, isShort: true },
  // The judge asks once an order, and without a verdict the first rewrite is the last.
  { script: "evolve", topology: coevol.graph, calls: 2 },
];

/** Row 23 of the plan. */
export const unreadableVerdicts: FaultCase = {
  name: "unreadable-verdicts",
  fault: "judges that never say anything a verdict could be read from",
  promise: "each row costs exactly the calls that its cap allows, and the run ends by itself",
  run: ({ seed, size, directory }) =>
    withFaultServer({ seed, verdicts: "unreadable" }, async (server) => {
      const rows = size === "full" ? 40 : 3;
      const violations: string[] = [];
      let calls = 0;
      const chosen = judgings.filter(({ isShort }) => size === "full" || isShort === true);
      for (const [index, { calls: cap, options = [], ...judging }] of chosen.entries()) {
        await server.reset();
        const run = await runServed(server, {
          ...judging,
          rows,
          directory,
          name: `judging-${index + 1}`,
          options: ["--model", "compatible:test-model", ...options],
        });
        const where = `${judging.topology} ${options.join(" ")}`;
        const asked = (await server.log()).filter(({ form }) =>
          /^(?:scores?|choice|compare)$/.test(form),
        );
        violations.push(
          ...expectEnd(run, { code: 0, done: rows, failed: 0 }).map((text) => `${where}: ${text}`),
        );
        violations.push(...wrongCounts(asked, rows, cap).map((text) => `${where}: ${text}`));
        calls += asked.length;
      }
      return { rounds: chosen.length, violations, figures: { "calls to judges": calls } };
    }),
};

function wrongCounts(asked: readonly RequestEntry[], rows: number, cap: number): string[] {
  const numbers = Array.from({ length: rows }, (_, index) => index + 1);
  return numbers
    .map((row) => [row, asked.filter((entry) => entry.row === row).length] as const)
    .filter(([, count]) => count !== cap)
    .map(([row, count]) => `row ${row} cost ${count} calls, expected ${cap}`);
}
