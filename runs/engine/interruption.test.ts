import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { journalAddresses } from "../../tests/journal-records.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { runScript } from "../../tests/run-script.ts";
import { startCommand, type StartedCommand } from "../../tests/start-command.ts";
import { openWorkspace, type Workspace } from "../../tests/workspace.ts";
import { generate } from "../generate/generate.ts";

const loop = join(import.meta.dirname, "..", "..", "topologies", "feedback-loop.yaml");
const single = join(import.meta.dirname, "..", "..", "topologies", "single.yaml");
const rows = 12;

/** A run of a loop over simulated models that take their time. */
function slowRun(latencyMs: number) {
  const space = openWorkspace();
  const questions = Array.from({ length: rows }, (_, index) => ({ prompt: `Question ${index}?` }));
  space.write("prompts.jsonl", questions);
  const models = [`sim:oak?latencyMs=${latencyMs}`];
  const place = ["--input", "prompts.jsonl", "--out", "out"];
  const manner = ["--model", ...models, "--concurrency", "4"];
  const start = (...more: string[]) =>
    startCommand("generate", [loop, ...place, ...manner, ...more], {
      directory: space.at(),
    });
  const resume = () =>
    generate(loop, space.options("prompts.jsonl", "out", { models, concurrency: rows }));
  return { space, start, resume };
}

/** What a run that nothing interrupts leaves: made once for all of them. */
let whole: Promise<Record<string, string>> | undefined;
function undisturbed(): Promise<Record<string, string>> {
  whole ??= (async () => {
    const { space, resume } = slowRun(20);
    await resume();
    return space.outputs("out");
  })();
  return whole;
}

const answered = (space: Workspace) => journalAddresses(space.at("out", "journal.calls"), "answer");

async function until(isSo: () => boolean, child?: StartedCommand): Promise<void> {
  while (!isSo()) {
    if (child !== undefined && child.process.exitCode !== null) {
      throw new Error(`ended too early: ${child.printed.stderr}`);
    }
    await sleep(10);
  }
}

describe("a run in a process of its own", () => {
  it("ends in the same bytes after kill -9, asks nothing twice, and kept others out", async () => {
    const { space, start, resume } = slowRun(20);
    const child = start();
    await until(() => answered(space).length > 20, child);
    const other = await resume().catch((error: unknown) => isFellowshipError(error) && error.code);
    expect(other).toBe("directory_in_use");
    const argv = [loop, "--input", space.at("prompts.jsonl"), "--out", space.at("out")];
    const second = await runScript("generate", [...argv, "--model", "sim:oak"]);
    expect(second).toMatchObject({ code: 5, stdout: "" });
    expect(second.stderr).toContain(String(child.process.pid));
    child.process.kill("SIGKILL");
    expect(await child.ended).toEqual({ code: null, signal: "SIGKILL" });
    const before = answered(space).length;
    expect(before).toBeLessThan(rows * 7);
    expect(space.files("out")).not.toContain("run.json");
    const [end, outputs] = await Promise.all([resume(), undisturbed()]);
    expect(end.exitCode).toBe(0);
    expect(space.outputs("out")).toEqual(outputs);
    expect(answered(space)).toHaveLength(rows * 7);
    expect(new Set(answered(space)).size).toBe(rows * 7);
  });

  it("drains at the first Ctrl-C, and goes on later", async () => {
    const { space, start, resume } = slowRun(20);
    const child = start("--json");
    await until(() => answered(space).length > 20, child);
    child.process.kill("SIGINT");
    expect(await child.ended).toEqual({ code: 130, signal: null });
    expect(child.printed.stderr).toContain("Ctrl-C: waiting for the calls under way");
    const summary = JSON.parse(child.printed.stdout);
    expect(summary).toEqual(space.json("out", "summary.json"));
    expect(summary.done + summary.pending).toBe(rows);
    expect(summary.pending).toBeGreaterThan(0);
    expect(space.files("out").filter((name) => /tmp|lock|reserve/.test(name))).toEqual([]);
    const [end, outputs] = await Promise.all([resume(), undisturbed()]);
    expect(end.exitCode).toBe(0);
    expect(space.outputs("out")).toEqual(outputs);
    expect(new Set(answered(space)).size).toBe(answered(space).length);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("waits for the calls under way after %s, and ends with %i", async (signal, code) => {
    const { space, start } = slowRun(20);
    const child = start();
    await until(() => answered(space).length > 3, child);
    child.process.kill(signal);
    expect(await child.ended).toEqual({ code, signal: null });
    const { done, pending } = space.json("out", "run.json");
    expect(done + pending).toBe(rows);
    expect(child.printed.stdout).toContain(`${pending} rows are pending`);
  });

  it("stops at once at the second Ctrl-C", async () => {
    // Reviews would take ten minutes each.
    const { space, start } = slowRun(0);
    const child = start("--model", "reviewer=sim:oak?latencyMs=600000");
    await until(() => space.files().includes("out/journal.calls"), child);
    await until(() => answered(space).length > 0, child);
    child.process.kill("SIGINT");
    await until(() => child.printed.stderr.includes("Ctrl-C"), child);
    child.process.kill("SIGINT");
    expect(await child.ended).toEqual({ code: 130, signal: null });
    expect(space.files("out")).not.toContain("run.json");
    // The lock that it left is known to have no owner.
    const fresh = space.options("prompts.jsonl", "out", { models: ["sim:oak"], fresh: true });
    expect((await generate(loop, fresh)).exitCode).toBe(0);
  });

  it("loses no rows when its output is closed", async () => {
    const { space, start } = slowRun(1);
    const child = start();
    child.process.stdout?.destroy();
    child.process.stderr?.destroy();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(space.lines("out", "rows.jsonl")).toHaveLength(rows);
  });

  it("buys no answer again that a server gave before kill -9", async () => {
    const space = openWorkspace();
    const questions = Array.from({ length: 40 }, (_, index) => ({ prompt: `Question ${index}?` }));
    space.write("prompts.jsonl", questions);
    const script = () => ({ ...openAiSpeaker.answer(), delayMs: 20 });
    await withLoopbackServer(script, async (server) => {
      const environment = openAiSpeaker.environment(server.url);
      const models = [openAiSpeaker.spec];
      const argv = ["--input", "prompts.jsonl", "--out", "out", "--model", ...models];
      const child = startCommand("generate", [single, ...argv, "--concurrency", "4"], {
        directory: space.at(),
        environment,
      });
      await until(() => answered(space).length > 10, child);
      child.process.kill("SIGKILL");
      await child.ended;
      const kept = answered(space);
      const options = space.options("prompts.jsonl", "out", { models, environment });
      const end = await generate(single, options);
      expect({ exitCode: end.exitCode, stoppedBy: end.stoppedBy }).toEqual({
        exitCode: 0,
        stoppedBy: null,
      });
      const intents = journalAddresses(space.at("out", "journal.calls"), "intent");
      // What was under way is asked again, and nothing else; an intent may be recorded for a
      // request that was never sent.
      expect(server.requests.length).toBeLessThanOrEqual(intents.length);
      expect(intents.length - 40).toBeLessThanOrEqual(4);
      for (const address of kept) {
        expect(intents.filter((intent) => intent === address)).toHaveLength(1);
      }
      expect(space.json("out", "summary.json")).toMatchObject({ done: 40, calls: 40 });
    });
  });
});
