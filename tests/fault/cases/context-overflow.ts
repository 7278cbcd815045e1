import type { FaultCase } from "../fault-case.ts";
import type { FaultName } from "../server/faults.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { withFaultServer } from "../start-fault-server.ts";

const overflows: readonly FaultName[] = [
  "overflow-openai",
  "overflow-openrouter",
  "overflow-gemini",
  "overflow-llama-cpp",
  "overflow-vllm",
];

/** Row 24 of the plan. */
export const contextOverflow: FaultCase = {
  name: "context-overflow",
  fault: "400 for a prompt that is too long, in the words of five servers",
  promise: "the row fails with context_overflow after one request; the others are done",
  run: ({ seed, size, directory }) =>
    withFaultServer({ seed }, async (server) => {
      const times = size === "full" ? 10 : 1;
      const rows = overflows.length * times + 2;
      const isTooLong = (row: number) => row <= overflows.length * times;
      await server.reset({
        faults: overflows.map((fault, index) => ({
          fault,
          rows: Array.from({ length: times }, (_, time) => index + 1 + time * overflows.length),
        })),
      });
      const run = await runServed(server, {
        script: "generate",
        topology: "single",
        rows,
        directory,
        options: ["--model", "compatible:test-model"],
      });
      const log = await server.log();
      const violations = expectEnd(run, { code: 3, done: 2, failed: rows - 2, pending: 0 });
      for (const { row, reason } of run.failed) {
        if (reason !== "context_overflow") violations.push(`row ${row} failed with ${reason}`);
      }
      if (log.length !== rows) violations.push(`${log.length} requests for ${rows} rows`);
      const rounds = log.filter(({ row }) => isTooLong(row ?? rows)).length;
      return { rounds, violations, figures: { "requests a row": log.length / rows } };
    }),
};
