import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { agreeOnPlan, type RunPlan } from "./run-plan.ts";

const plan: RunPlan = {
  command: "generate",
  topology: { graph: "single", samples: 2, stop: undefined, agents: [{ name: "one" }] },
  prompts: { generator: "abc" },
  input: "def",
};

/** What is said of a plan in a directory that holds another. */
async function differences(before: RunPlan, now: RunPlan): Promise<string[]> {
  const directory = temporaryDirectory();
  await agreeOnPlan(directory, before);
  const error: unknown = await agreeOnPlan(directory, now).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isFellowshipError(error)) return [];
  expect(error.code).toBe("directory_differs");
  expect(error.message).toContain("Choose another --out, or move this one aside with --fresh.");
  return error.message.split("\n").slice(1, -1);
}

describe("agreeOnPlan", () => {
  it("takes the same plan again, whatever the order of its keys", async () => {
    const { command, ...rest } = plan;
    expect(await differences(plan, { ...rest, command })).toEqual([]);
  });

  it.each<[string, RunPlan, string[]]>([
    [
      "a prompt's text",
      { ...plan, prompts: { generator: "xyz" } },
      ['prompts.generator: "abc" there, "xyz" now'],
    ],
    [
      "a prompt more",
      { ...plan, prompts: { ...plan.prompts, judge: "j" } },
      ['prompts.judge: nothing there, "j" now'],
    ],
    ["the input", { ...plan, input: "ghi" }, ['input: "def" there, "ghi" now']],
    ["the command", { ...plan, command: "evolve" }, ['command: "generate" there, "evolve" now']],
    [
      "the topology",
      {
        ...plan,
        topology: { graph: "single", samples: 3, agents: [{ name: "one" }, { name: "two" }] },
      },
      ['topology.agents.1: nothing there, {"name":"two"} now', "topology.samples: 2 there, 3 now"],
    ],
  ])("names what differs: %s", async (_, now, expected) => {
    expect(await differences(plan, now)).toEqual(expected.map((line) => `  ${line}`));
  });

  it("does not print a whole book of differences", async () => {
    const prompts = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`p${n}`, "x".repeat(200)]),
    );
    const lines = await differences({ ...plan, prompts: {} }, { ...plan, prompts });
    expect(lines).toHaveLength(13);
    expect(lines.at(-1)).toBe("  and 18 more");
    for (const line of lines) expect(line.length).toBeLessThan(140);
  });
});
