import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  callsAtOnce,
  commandOver,
  describeEnd,
  inParallel,
  prepareRun,
  runKinds,
  shortRows,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { killAfter, killAtAnswer, runThroughKills, type Session } from "../killer.ts";
import { startFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/** How many rounds there are of each size. Starting the process is most of a small one's time. */
const sizes = {
  full: [
    { rows: 500, rounds: 9 },
    { rows: 100, rounds: 21 },
    { rows: 24, rounds: 170 },
  ],
  short: [{ rows: shortRows, rounds: 1 }],
} as const;

/** Row 1 of the plan. */
export const killRandom: FaultCase = {
  name: "kill-random",
  fault:
    "kill -9 one to three times at random, also while it goes on; loop, jury and CoEvol; 8 " +
    "to 32 rows in flight",
  promise:
    "0 rows lost or doubled, 0 received answers bought again, repeats at most those in " +
    "flight, same bytes at the end",
  run: async ({ seed, size, directory }) => {
    const random = createRandom(`kill-random ${seed}`);
    const servers = await Promise.all(
      Array.from({ length: size === "full" ? 2 : 1 }, () =>
        startFaultServer({ seed, latencyMs: [2, 20] }),
      ),
    );
    const totals = { kills: 0, "sends in flight at them": 0, repeats: 0, "requests needed": 0 };
    const violations: string[] = [];
    let rounds = 0;
    try {
      for (const group of sizes[size]) {
        const made = await killGroup(servers, directory, group, rounds + 1, random);
        rounds += group.rounds;
        for (const { name, round, needed } of made) {
          violations.push(...round.violations.map((what) => `${name}: ${what}`));
          totals.kills += round.kills;
          totals["sends in flight at them"] += round.inFlight;
          totals.repeats += round.repeats;
          totals["requests needed"] += needed;
        }
      }
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
    const made = sizes[size].map((group) => `${group.rounds} of ${group.rows}`).join(", ");
    return { rounds, violations, figures: { "rounds of rows": made, ...totals } };
  },
};

type Round = Awaited<ReturnType<typeof killRound>>;

/** Rounds of one number of rows, the kinds in turn, as many at a time as there are servers. */
async function killGroup(
  servers: readonly FaultServer[],
  directory: string,
  group: { readonly rows: number; readonly rounds: number },
  first: number,
  random: () => number,
): Promise<{ name: string; round: Round; needed: number }[]> {
  const runs: InterruptibleRun[] = [];
  for (const kind of runKinds.slice(0, group.rounds)) {
    runs.push(await prepareRun(servers[0]!, directory, { kind, rows: group.rows }));
  }
  const tasks = Array.from({ length: group.rounds }, (_, index) => ({
    number: first + index,
    run: runs[index % runs.length]!,
    draws: Array.from({ length: 10 }, random),
  }));
  const made: { name: string; round: Round; needed: number }[] = [];
  await inParallel(tasks, servers.length, async ({ number, run, draws }, worker) => {
    const out = join(directory, `round-${number}`);
    const round = await killRound(servers[worker]!, run, out, draws);
    const name = `round ${number} (${run.kind}, ${run.rows} rows)`;
    made.push({ name, round, needed: run.undisturbed.log.length });
    rmSync(out, { recursive: true, force: true });
  });
  return made;
}

/** Kills a run as the draws say until it is done, and checks what it left. */
async function killRound(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  draws: readonly number[],
) {
  await server.reset();
  const [often = 0, rowsInFlight = 0, ...moments] = draws;
  const concurrency = 8 + Math.floor(rowsInFlight * 25);
  const killers = Array.from({ length: 1 + Math.floor(often * 3) }, (_, index) =>
    killerAt(server, run, moments[2 * index]!, moments[2 * index + 1]!),
  );
  const options = ["--concurrency", String(concurrency)];
  const sessions = await runThroughKills(commandOver(run, directory, server, options), killers);
  const { input, undisturbed } = run;
  const verification = verifyRun({
    input,
    directory,
    log: await server.log(),
    sessions,
    undisturbed,
    price: askedPrice,
    mostInFlight: concurrency * callsAtOnce[run.kind],
  });
  const kills = sessions.filter(({ killedAt }) => killedAt !== null).length;
  const last = sessions.at(-1)!;
  const violations = [
    ...verification.violations,
    ...(verification.violations.length > 0 ? [`the last session: ${describeEnd(last)}`] : []),
  ];
  return { ...verification, violations, kills };
}

/**
 * Most blows fall some milliseconds after an answer that is anywhere in what is still to come; an
 * eighth at any time of the process, its start and the writing of the files among them.
 */
function killerAt(
  server: FaultServer,
  run: InterruptibleRun,
  moment: number,
  more: number,
): (session: Session) => Promise<void> {
  if (more < 0.125) return killAfter(moment * 1.2 * run.wholeMs);
  return async (session) => {
    const before = (await server.log()).length;
    const left = Math.max(1, run.undisturbed.log.length - before);
    const answers = before + Math.ceil(moment * left);
    await killAtAnswer(server, answers, (more - 0.125) * 40)(session);
  };
}
