import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { hasRedis, startRedis, type StartedRedis } from "../../start-redis.ts";
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
import { runThroughKills, startSession, type Session, type SessionEnd } from "../killer.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/** Rows in flight in each of the two workers. */
const concurrency = 4;
const rows = 24;
const lockMs = 2_000;

type Bench = {
  readonly server: FaultServer;
  readonly redis: StartedRedis;
  readonly directory: string;
  readonly workers: Session[];
};

/** A run on a queue, of which everything is killed. */
export const killQueue: FaultCase = {
  name: "kill-queue",
  fault:
    "kill -9 two to four times at random: a worker of two, the run, or Redis (appendfsync always)",
  promise: "repeats at most what killed workers had in flight; otherwise as kill-random",
  isLongOnly: true,
  run: ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [2, 20] }, async (server) => {
      if (!hasRedis) return { rounds: 0, violations: [], figures: { skipped: "no redis-server" } };
      mkdirSync(join(directory, "redis"));
      const redis = await startRedis(join(directory, "redis"));
      const bench: Bench = { server, redis, directory, workers: [] };
      bench.workers.push(startWorker(bench), startWorker(bench));
      const random = createRandom(`kill-queue ${seed}`);
      const rounds = size === "full" ? 200 : 2;
      const violations: string[] = [];
      const totals = { workers: 0, runs: 0, redis: 0, repeats: 0 };
      try {
        for (let round = 1; round <= rounds; round += 1) {
          const kind = runKinds[round % runKinds.length]!;
          const run = await prepareRun(server, directory, { kind, rows });
          const out = join(directory, `round-${round}`);
          const made = await killRound(bench, run, out, random);
          violations.push(...made.violations.map((what) => `round ${round} (${kind}): ${what}`));
          for (const name of ["workers", "runs", "redis"] as const)
            totals[name] += made.kills[name];
          totals.repeats += made.repeats;
          rmSync(out, { recursive: true, force: true });
        }
      } finally {
        for (const worker of bench.workers) worker.kill();
        await redis.kill();
      }
      return { rounds, violations, figures: totals };
    }),
};

function startWorker({ server, redis, directory }: Omit<Bench, "workers">): Session {
  return startSession({
    script: "worker",
    argv: ["--queue", redis.url],
    directory,
    environment: { ...server.environment, FELLOWSHIP_QUEUE_LOCK_MS: String(lockMs) },
  });
}

async function killRound(
  bench: Bench,
  run: InterruptibleRun,
  directory: string,
  random: () => number,
) {
  const { server, redis, workers } = bench;
  const all = run.undisturbed.log.length;
  const blows = Array.from({ length: 2 + Math.floor(random() * 3) }, () => ({
    at: Math.ceil(random() * all),
    what: (["workers", "runs", "redis"] as const)[Math.floor(random() * 3)]!,
  })).toSorted((one, other) => one.at - other.at);
  const kills = { workers: 0, runs: 0, redis: 0 };
  // What a worker had under way when it was killed may be lost; nothing else may.
  const lost: SessionEnd[] = [];
  let startedAt = performance.timeOrigin + performance.now();

  async function strike(what: (typeof blows)[number]["what"], session: Session): Promise<void> {
    kills[what] += 1;
    if (what === "runs") session.kill();
    else if (what === "redis") {
      await redis.kill();
      await sleep(random() * 200);
      await redis.restart();
    } else {
      const worker = workers.shift()!;
      worker.kill();
      const end = await worker.ended;
      lost.push({ ...end, startedAt });
      startedAt = end.endedAt;
      workers.push(startWorker(bench));
    }
  }

  /** Strikes until the run is killed, or over. */
  const killer = async (session: Session) => {
    for (let blow = blows.shift(); blow !== undefined; blow = blows.shift()) {
      const isThere = server.untilAnswers(blow.at).then(() => true);
      if (!(await Promise.race([isThere, session.ended.then(() => false)]))) return;
      await strike(blow.what, session);
      if (blow.what === "runs") return;
    }
  };
  const options = ["--queue", redis.url, "--concurrency", String(concurrency)];
  const command = commandOver(run, directory, server, options);
  const sessions = await runThroughKills(
    command,
    blows
      .filter(({ what }) => what === "runs")
      .concat(blows.slice(0, 1))
      .map(() => killer),
  );
  const last = sessions.at(-1)!;
  const { input, undisturbed } = run;
  const verification = verifyRun({
    input,
    directory,
    log: await server.settledLog(),
    sessions: [...lost, { ...last, startedAt }],
    undisturbed,
    price: askedPrice,
    mostInFlight: 2 * concurrency * callsAtOnce[run.kind],
  });
  const { violations, repeats } = verification;
  const end = violations.length > 0 ? [`the last session: ${describeEnd(last)}`] : [];
  return { violations: [...violations, ...end], repeats, kills };
}
