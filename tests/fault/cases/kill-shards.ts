import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
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
import { killAfter, killAtAnswer, runThroughKills, runToEnd, type SessionEnd } from "../killer.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

const concurrency = 8;

/** Shards that are killed, and the run that they are merged into, which a blow hits too. */
export const killShards: FaultCase = {
  name: "kill-shards",
  fault: "kill -9 each of 16 (or 4) shards once or twice at random, and the merge once",
  promise: "the merged run is the undisturbed one; otherwise as kill-random",
  isLongOnly: true,
  run: ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [2, 20] }, async (server) => {
      const random = createRandom(`kill-shards ${seed}`);
      const divisions = size === "full" ? [16, 16, 16, 4, 4, 4, 4, 4, 4] : [3];
      const violations: string[] = [];
      let repeats = 0;
      for (const [index, of] of divisions.entries()) {
        const kind = runKinds[index % runKinds.length]!;
        const run = await prepareRun(server, directory, { kind, rows: 3 * of });
        const out = join(directory, `round-${index}`);
        const made = await killRound(server, run, out, { of, random });
        violations.push(...made.violations.map((what) => `${of} shards (${kind}): ${what}`));
        repeats += made.repeats;
      }
      const shards = divisions.reduce((sum, of) => sum + of, 0);
      return { rounds: divisions.length, violations, figures: { shards, repeats } };
    }),
};

async function killRound(
  server: FaultServer,
  run: InterruptibleRun,
  place: string,
  { of, random }: { readonly of: number; readonly random: () => number },
) {
  const sessions: SessionEnd[] = [];
  const shards: string[] = [];
  for (let index = 1; index <= of; index += 1) {
    const options = ["--shard", `${index}/${of}`, "--concurrency", String(concurrency)];
    const shard = `${place}-shard-${index}`;
    shards.push(shard);
    const before = (await server.log()).length;
    const answers = before + Math.ceil((random() * run.undisturbed.log.length) / of);
    const killers = [killAtAnswer(server, answers, random() * 20)];
    sessions.push(...(await runThroughKills(commandOver(run, shard, server, options), killers)));
  }
  const merge = {
    script: "merge",
    argv: [...shards, "--out", place, "--quiet"],
    directory: join(place, ".."),
    environment: server.environment,
  };
  await runThroughKills(merge, [killAfter(random() * 1_500)]);
  // A merge that was done before the blow fell is given again, too, and changes nothing.
  const last = await runToEnd(merge);
  const { input, undisturbed } = run;
  const verification = verifyRun({
    input,
    directory: place,
    log: await server.settledLog(),
    sessions: [...sessions, last],
    undisturbed,
    price: askedPrice,
    mostInFlight: concurrency * callsAtOnce[run.kind],
  });
  const { violations, repeats } = verification;
  const end = violations.length > 0 ? [`the merge: ${describeEnd(last)}`] : [];
  for (const path of [...shards, place]) rmSync(path, { recursive: true, force: true });
  return { violations: [...violations, ...end], repeats };
}
