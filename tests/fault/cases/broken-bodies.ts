import type { FaultCase, FaultContext } from "../fault-case.ts";
import type { FaultName } from "../server/faults.ts";
import type { FaultRule } from "../server/server-settings.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { bothLanguages, byKey } from "../served-checks.ts";
import { differingOutputs, outputsOf } from "../simulated-run.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

/** Bodies that break off on their way, or can't be what they say they are. */
const breaks: readonly FaultName[] = [
  "rst-before-headers",
  "fin-before-headers",
  "rst-in-body",
  "fin-in-body",
  "length-too-long",
];
/** Whole bodies under the name of another encoding: taken as they came, since they are paid for. */
const misnamed: readonly FaultName[] = ["gzip-garbage"];
/** Bodies of which less arrives than was sent, while nothing says so. */
const cuts: readonly FaultName[] = ["length-too-short", "gzip-cut"];

const languages = ["compatible:test-model", "google:gemini-test"];

/** Row 15 of the plan. */
export const brokenBodies: FaultCase = {
  name: "broken-bodies",
  fault:
    "answers that end in an RST or a FIN, before the headers or in the body, or with a " +
    "wrong content-length; whole ones that are no gzip though they say so",
  promise:
    "nothing cut is taken for whole, each is sent again at most once, and the run ends in " +
    "the bytes of one that met none of it",
  run: (context) =>
    withFaultServer({ seed: context.seed }, async (server) => {
      const once = await breakFirstSends(server, context);
      const always = await breakAllSends(server, context);
      return {
        rounds: once.broken + always.broken,
        violations: [...once.violations, ...always.violations],
        figures: {
          "broken sends": once.broken + always.broken,
          "accepted though cut": always.accepted,
          "most sends of one call": Math.max(once.mostSends, always.mostSends),
          "files that differ": once.differing,
        },
      };
    }),
};

/** The first send of every call breaks; its second is answered. */
async function breakFirstSends(server: FaultServer, { size, directory }: FaultContext) {
  const rows = size === "full" ? 60 : 2;
  const faults = breaks.map((fault) => ({ fault, share: 1 / breaks.length, attempts: [1] }));
  const command = {
    script: "generate",
    topology: feedbackLoop.graph,
    rows,
    directory,
    name: "run",
    options: bothLanguages,
  } as const;
  await server.reset({ faults });
  const broken = await runServed(server, command);
  const log = await server.settledLog();
  const outputs = outputsOf(broken.out);
  await server.reset({ faults: [] });
  const clean = await runServed(server, { ...command, options: [...bothLanguages, "--fresh"] });
  const differing = differingOutputs(outputs, outputsOf(clean.out));
  const mostSends = mostSendsIn(log);
  const violations = [broken, clean].flatMap((run) =>
    expectEnd(run, { code: 0, done: rows, failed: 0, pending: 0 }),
  );
  if (mostSends > 2) violations.push(`${mostSends} sends of one call`);
  violations.push(...differing.map((name) => `${name} differs from that of an undisturbed run`));
  const spoiled = log.filter(({ faultId }) => faultId !== null).length;
  return { violations, broken: spoiled, mostSends, differing: differing.length };
}

/** Every send breaks, of each row in another way; only the last row is answered. */
async function breakAllSends(server: FaultServer, { size, directory }: FaultContext) {
  const all = [...breaks, ...cuts];
  const planned = [...all, ...misnamed];
  const faults: FaultRule[] = planned.map((fault, index) => ({ fault, rows: [index + 1] }));
  const violations: string[] = [];
  let [broken, accepted, mostSends] = [0, 0, 0];
  for (const model of size === "full" ? languages : languages.slice(0, 1)) {
    await server.reset({ faults });
    const run = await runServed(server, {
      script: "generate",
      topology: "single",
      rows: planned.length + 1,
      directory,
      name: model.split(":")[0] ?? model,
      options: ["--model", model],
    });
    const expected = { code: 3, done: 1 + misnamed.length, failed: all.length, pending: 0 };
    violations.push(...expectEnd(run, expected).map((text) => `${model}: ${text}`));
    const log = await server.settledLog();
    broken += log.filter(({ faultId }) => faultId !== null).length;
    accepted += run.rows.filter(({ row }) => row <= all.length).length;
    mostSends = Math.max(mostSends, mostSendsIn(log));
  }
  if (accepted > 0) violations.push(`${accepted} rows were made of cut answers`);
  if (mostSends > 2) violations.push(`${mostSends} sends of one call`);
  return { violations, broken, accepted, mostSends };
}

function mostSendsIn(log: Parameters<typeof byKey>[0]): number {
  return Math.max(...[...byKey(log).values()].map(({ length }) => length));
}
