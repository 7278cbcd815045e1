import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { childrenOf } from "../../child-processes.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  callsAtOnce,
  commandOver,
  describeEnd,
  prepareRun,
  runKinds,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { runThroughKills, type Session } from "../killer.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

const concurrency = 8;
const rows = 24;

/** `--workers`, whose processes are killed, and now and then that of the run. */
export const killWorkers: FaultCase = {
  name: "kill-workers",
  fault: "kill -9 one to three of two --workers at random, and in every third round the run itself",
  promise: "nothing is asked again for a worker; otherwise as kill-random",
  isLongOnly: true,
  run: ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [2, 20] }, async (server) => {
      const random = createRandom(`kill-workers ${seed}`);
      const rounds = size === "full" ? 60 : 2;
      const violations: string[] = [];
      let kills = 0;
      let repeats = 0;
      for (let round = 1; round <= rounds; round += 1) {
        const kind = runKinds[round % runKinds.length]!;
        const run = await prepareRun(server, directory, { kind, rows });
        const out = join(directory, `round-${round}`);
        const made = await killRound(server, run, out, { round, random });
        violations.push(...made.violations.map((what) => `round ${round} (${kind}): ${what}`));
        kills += made.kills;
        repeats += made.repeats;
        rmSync(out, { recursive: true, force: true });
      }
      return { rounds, violations, figures: { "workers killed": kills, repeats } };
    }),
};

async function killRound(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  { round, random }: { readonly round: number; readonly random: () => number },
) {
  const all = run.undisturbed.log.length;
  const moments = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
    Math.ceil(random() * all),
  ).toSorted((one, other) => one - other);
  const killsRun = round % 3 === 0;
  let kills = 0;
  const killer = async (session: Session) => {
    for (const moment of moments) {
      const isThere = server.untilAnswers(moment).then(() => true);
      if (!(await Promise.race([isThere, session.ended.then(() => false)]))) return;
      const workers = childrenOf(session.pid);
      const worker = workers[Math.floor(random() * workers.length)];
      if (worker === undefined) continue;
      try {
        process.kill(worker, "SIGKILL");
        kills += 1;
      } catch {
        // it has just ended
      }
    }
    if (killsRun) session.kill();
  };
  const options = ["--workers", "2", "--concurrency", String(concurrency)];
  const sessions = await runThroughKills(commandOver(run, directory, server, options), [killer]);
  const { input, undisturbed } = run;
  const verification = verifyRun({
    input,
    directory,
    log: await server.settledLog(),
    sessions,
    undisturbed,
    price: askedPrice,
    mostInFlight: concurrency * callsAtOnce[run.kind],
  });
  const { violations, repeats } = verification;
  const last = violations.length > 0 ? [`the last session: ${describeEnd(sessions.at(-1)!)}`] : [];
  return { violations: [...violations, ...last], repeats, kills };
}
