import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  commandOver,
  inParallel,
  prepareRun,
  shortRows,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { runThroughKills, type Session } from "../killer.ts";
import { startFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/** Row 3 of the plan: between the last byte of an answer and its record on the disk. */
export const killAtLastByte: FaultCase = {
  name: "kill-at-last-byte",
  fault: "kill -9 by the server, right after the last byte of an answer; one call at a time",
  promise: "at most that one call is asked again",
  run: async ({ seed, size, directory }) => {
    const random = createRandom(`kill-at-last-byte ${seed}`);
    const [runs, killsEach, workers] = size === "full" ? [10, 20, 2] : [1, 1, 1];
    const servers = await Promise.all(
      Array.from({ length: workers }, () => startFaultServer({ seed, latencyMs: [0, 5] })),
    );
    const violations: string[] = [];
    let kills = 0;
    let repeats = 0;
    try {
      const run = await prepareRun(servers[0]!, directory, { kind: "loop", rows: shortRows });
      const tasks = Array.from({ length: runs }, (_, index) => ({
        number: index + 1,
        answers: Array.from({ length: killsEach }, () => 1 + Math.floor(random() * 4)),
      }));
      await inParallel(tasks, workers, async ({ number, answers }, worker) => {
        const out = join(directory, `run-${number}`);
        const made = await killedRun(servers[worker]!, run, out, answers);
        violations.push(...made.violations.map((what) => `run ${number}: ${what}`));
        kills += made.kills;
        repeats += made.repeats;
        rmSync(out, { recursive: true, force: true });
      });
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
    const figures = { runs, "calls repeated": repeats, "repeats a kill": repeats / kills };
    return { rounds: kills, violations, figures };
  },
};

/** @param answers After how many answers of each session it is killed. */
async function killedRun(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  answers: readonly number[],
) {
  await server.reset();
  const { input, undisturbed } = run;
  const command = commandOver(run, directory, server, ["--concurrency", "1"]);
  const killers = answers.map(
    (count) =>
      ({ pid }: Session) =>
        server.killAfter(pid, count),
  );
  const sessions = await runThroughKills(command, killers);
  const log = await server.log();
  const verification = verifyRun({
    input,
    directory,
    log,
    sessions,
    undisturbed,
    price: askedPrice,
    mostInFlight: 1,
  });
  const violations = [...verification.violations];
  const kills = sessions.filter(({ signal }) => signal === "SIGKILL").length;
  if (kills !== answers.length) violations.push(`${kills} kills fell, expected ${answers.length}`);
  if (verification.repeats > kills) {
    violations.push(`${verification.repeats} calls were repeated after ${kills} kills`);
  }
  return { kills, repeats: verification.repeats, violations };
}
