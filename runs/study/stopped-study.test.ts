import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { journalAddresses } from "../../tests/journal-records.ts";
import { createBillingServer } from "../../tests/loopback/billing-server.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { startCommand, type StartedCommand } from "../../tests/start-command.ts";
import { openWorkspace, type Workspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { study } from "./study.ts";

const example = join(import.meta.dirname, "..", "..", "examples", "study");
const stages = [
  ...["judge", "jury", "noisy-judge"].map((name) => join("evaluators", name)),
  ...["loop", "loop-same-tokens", "strong", "weak"].map((name) => join("generators", name)),
  "comparison",
  "data",
];

/** The answers that a study's journals hold, by stage. */
function answered(space: Workspace, out: string): string[] {
  return stages.flatMap((stage) => {
    const journal = space.at(out, stage, "journal.calls");
    const addresses = space.files().includes(join(out, stage, "journal.calls"))
      ? journalAddresses(journal, "answer")
      : [];
    return addresses.map((address) => `${stage} ${address}`);
  });
}

async function until(isSo: () => boolean, { process: child, printed }: StartedCommand) {
  while (!isSo()) {
    if (child.exitCode !== null) throw new Error(`ended too early: ${printed.stderr}`);
    await sleep(20);
  }
}

/** What a study wrote, but for its journals and manifests. */
function outputs(space: Workspace, out: string): Record<string, string> {
  const written = Object.entries(space.outputs(out));
  return Object.fromEntries(
    written.filter(
      ([name]) => !/journal\.|run\.json$|report\.html$|comparison\.(?:json|md)$/.test(name),
    ),
  );
}

describe("a study that is stopped", () => {
  it("goes on after kill -9 and Ctrl-C, asks nothing twice, and ends in the same bytes", async () => {
    const space = openWorkspace();
    cpSync(example, space.at(), { recursive: true });
    // Models that take their time; the strings of the simulation are the same in both studies.
    for (const name of ["judge", "jury", "noisy-judge", "loop", "strong", "weak"]) {
      const slow = space.text(`${name}.yaml`).replaceAll(/"sim:[^"]*/g, (spec) => {
        return `${spec}${spec.includes("?") ? "&" : "?"}latencyMs=40`;
      });
      space.write(`${name}.yaml`, slow);
    }
    const argv = ["plan.yaml", "--out", "out", "--limit", "4", "--concurrency", "2"];
    const start = () => startCommand("study", argv, { directory: space.at() });
    const options = (out: string) => space.options("", out, { limit: 4 });

    const killed = start();
    await until(() => answered(space, "out").length > 8, killed);
    killed.process.kill("SIGKILL");
    await killed.ended;
    expect(space.files("out")).not.toContain("decision.json");

    const interrupted = start();
    const isGenerating = () => answered(space, "out").some((one) => one.startsWith("generators"));
    await until(isGenerating, interrupted);
    interrupted.process.kill("SIGINT");
    expect(await interrupted.ended).toEqual({ code: 130, signal: null });
    expect(space.json("out", "decision.json")).toMatchObject({ generator: null });
    expect(space.text("out", "decision.md")).toContain("The study stopped early: generators/loop");

    const end = await study(space.at("plan.yaml"), options("out"));
    expect(end).toMatchObject({ exitCode: 0, stoppedBy: null });
    await study(space.at("plan.yaml"), options("whole"));
    expect(outputs(space, "out")).toEqual(outputs(space, "whole"));
    const asked = answered(space, "out");
    expect(asked).toHaveLength(new Set(asked).size);
    expect(asked.toSorted()).toEqual(answered(space, "whole").toSorted());
  });

  it("stops before its budget is passed, names the stage, and goes on with a higher one", async () => {
    const server = createBillingServer({ price: { in: 2.5, out: 10 }, delayMs: 1 });
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const space = openWorkspace();
      cpSync(example, space.at(), { recursive: true });
      space.write(
        "paid.yaml",
        'graph: single\nagents: { generator: { model: "openai:gpt-4o" } }\n',
      );
      space.write(
        "plan.yaml",
        JSON.stringify({
          graph: "study",
          evaluators: [{ file: "judge.yaml" }],
          labelled: "labelled.jsonl",
          generators: [{ file: "paid.yaml" }, { file: "strong.yaml" }],
          study: { input: "prompts.jsonl" },
          produce: { input: "prompts.jsonl", limit: 2 },
        }),
      );
      const environment = { OPENAI_API_KEY: "test-key", OPENAI_BASE_URL: `${url}/v1` };
      const run = (changes: Partial<CommandOptions>) =>
        study(space.at("plan.yaml"), space.options("", "out", { environment, ...changes }));
      const first = await run({ budgetUsd: 0.2 });
      expect(first.exitCode).toBe(4);
      expect(first.stoppedBy).toMatch(/^generators\/paid: the budget is reached/);
      expect(server.billUsd()).toBeLessThanOrEqual(0.2);
      const sent = requests.length;
      expect(sent).toBeGreaterThan(0);
      expect(sent).toBeLessThan(12);
      const again = await run({ budgetUsd: 0.2 });
      expect(again).toMatchObject({ exitCode: 4, spent: first.spent });
      expect(requests).toHaveLength(sent);
      const end = await run({ budgetUsd: 20 });
      expect(end).toMatchObject({ exitCode: 0, stoppedBy: null });
      const { chosen } = end.summary.decision.generator!;
      expect(requests).toHaveLength(chosen === "paid.yaml" ? 14 : 12);
      expect(end.spent.usd).toBeCloseTo(server.billUsd(), 8);
    });
  });
});
