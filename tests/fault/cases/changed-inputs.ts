import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { loopTopology } from "../simulated-run.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  commandOver,
  describeEnd,
  prepareRun,
  shortRows,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { killAtAnswer, runToEnd, startSession, type FaultCommand } from "../killer.ts";
import { filesIn } from "../run-evidence.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/** Something that is another when the command is given again. */
type Change = {
  readonly name: string;
  /** What the refusal must say. */
  readonly told: RegExp;
  /** More options of the command. */
  readonly options?: readonly string[];
  /** Another text of the input. */
  readonly input?: (text: string) => string;
  /** Another plan in the directory, as if it had been that when the run began. */
  readonly plan?: (plan: Plan) => Plan;
  /** Another topology file. */
  readonly topology?: (text: string) => string;
};

type Plan = { readonly command: string; readonly prompts: Readonly<Record<string, string>> };

const changes: readonly Change[] = [
  { name: "a row more", told: /input: "/, input: (text) => `${text}{"prompt":"One more?"}\n` },
  {
    name: "another model",
    told: /judge.*model: .*gpt-4o-mini.*gpt-4o/,
    options: ["--model", "judge=openai:gpt-4o"],
  },
  {
    name: "a byte of the input",
    told: /input: "/,
    input: (text) => text.replace("Frage 1,", "Frage I,"),
  },
  {
    name: "rows in another order",
    told: /input: "/,
    input: (text) =>
      text
        .split(/(?<=\n)/)
        .toReversed()
        .join(""),
  },
  {
    name: "a topology key",
    told: /iterations: 3 there, 2 now/,
    options: ["--set", "iterations=2"],
  },
  {
    name: "a topology file",
    told: /branch: false there, true now/,
    topology: (text) => text.replace("branch: false", "branch: true"),
  },
  {
    name: "the text of a prompt",
    told: /prompts\.reviewer: /,
    plan: (plan) => ({ ...plan, prompts: { ...plan.prompts, reviewer: "0".repeat(64) } }),
  },
  {
    name: "another command",
    told: /command: "evaluate" there, "generate" now/,
    plan: (plan) => ({ ...plan, command: "evaluate" }),
  },
];

/** Row 32 of the plan. */
export const changedInputs: FaultCase = {
  name: "changed-inputs",
  fault:
    "input, topology, model or prompt are others when a killed run is given again; an input " +
    "that changes while it is read",
  promise:
    "refused with the difference (exit 2), 0 requests, no file changed; unchanged again, it " +
    "goes on",
  run: async ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [2, 20] }, async (server) => {
      const run = await prepareRun(server, directory, { kind: "loop", rows: shortRows });
      const out = join(directory, "out");
      const command = commandOver(run, out, server, ["--concurrency", "4"]);
      await server.reset();
      const session = startSession(command);
      await killAtAnswer(server, 25)(session);
      const sessions = [await session.ended];
      const violations: string[] = [];
      const chosen = size === "full" ? changes : changes.slice(0, 2);
      for (const change of chosen) {
        const problems = await refusedWith(server, run, command, out, change);
        violations.push(...problems.map((what) => `${change.name}: ${what}`));
      }
      sessions.push(await runToEnd(command));
      const { input, undisturbed } = run;
      const log = await server.log();
      const found = verifyRun({
        input,
        directory: out,
        log,
        sessions,
        undisturbed,
        price: askedPrice,
        mostInFlight: 4,
      });
      violations.push(...found.violations);
      if (size === "full") violations.push(...(await changedWhileRead(server, run, directory)));
      const rounds = chosen.length + (size === "full" ? 1 : 0);
      return {
        rounds,
        violations,
        figures: { repeats: found.repeats, "in flight at the kill": found.inFlight },
      };
    }),
};

async function refusedWith(
  server: FaultServer,
  run: InterruptibleRun,
  command: FaultCommand,
  out: string,
  { options = [], input, plan, topology, told }: Change,
): Promise<string[]> {
  const other = join(out, "..", "other.jsonl");
  const otherTopology = join(out, "..", "other.yaml");
  copyFileSync(run.input, other);
  if (input !== undefined) writeFileSync(other, input(readFileSync(run.input, "utf8")));
  writeFileSync(otherTopology, (topology ?? unchanged)(readFileSync(loopTopology, "utf8")));
  const planPath = join(out, "journal.plan");
  const planBefore = readFileSync(planPath);
  if (plan !== undefined) writeFileSync(planPath, withRecord(planBefore.toString("utf8"), plan));
  const before = hashOf(out);
  const requests = (await server.log()).length;
  const [, , , , , ...rest] = command.argv;
  const argv = [otherTopology, "--input", other, "--out", out, ...rest, ...options];
  const end = await runToEnd({ ...command, argv });
  const problems: string[] = [];
  if (end.code !== 2) problems.push(`expected exit 2, got ${describeEnd(end)}`);
  if (!told.test(end.stderr)) problems.push(`the difference is not named: ${end.stderr}`);
  if ((await server.log()).length > requests) problems.push("requests were sent");
  if (hashOf(out) !== before) problems.push("a file was changed");
  writeFileSync(planPath, planBefore);
  return problems;
}

/** The run ends with exit 2 and what is in the directory is not gone on with. */
async function changedWhileRead(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
): Promise<string[]> {
  const input = join(directory, "growing.jsonl");
  copyFileSync(run.input, input);
  const out = join(directory, "growing");
  const command = commandOver({ ...run, input }, out, server, ["--concurrency", "1"]);
  await server.reset();
  const session = startSession(command);
  await Promise.race([server.untilAnswers(5), session.ended]);
  appendFileSync(input, '{"prompt":"One more?"}\n');
  const first = await session.ended;
  const problems: string[] = [];
  if (first.code !== 2 || !first.stderr.includes("changed while it was read")) {
    problems.push(`changed while it was read: expected exit 2, got ${describeEnd(first)}`);
  }
  const requests = (await server.log()).length;
  const again = await runToEnd(command);
  if (again.code !== 2 || (await server.log()).length > requests) {
    problems.push(`went on over a changed input: ${describeEnd(again)}`);
  }
  return problems;
}

function unchanged(text: string): string {
  return text;
}

/** A journal of one record, with another record. */
function withRecord(line: string, change: (plan: Plan) => Plan): string {
  const json = JSON.stringify(change(JSON.parse(line.slice(line.indexOf("{"))) as Plan));
  const rest = `0 ${Buffer.byteLength(json)} ${json}`;
  return `${crc32(Buffer.from(rest)).toString(16).padStart(8, "0")} ${rest}\n`;
}

function hashOf(directory: string): string {
  const hash = createHash("sha256");
  for (const name of filesIn(directory)) {
    // A refused process may take over the lock of the killed one, and lets it go.
    if (!name.startsWith("lock.")) hash.update(name).update(readFileSync(join(directory, name)));
  }
  return hash.digest("hex");
}
