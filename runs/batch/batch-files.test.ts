import { describe, expect, it } from "vitest";
import { answerBatchFiles, answerLive } from "../../tests/answer-batch-files.ts";
import { evaluators, generators } from "../../tests/combinations.ts";
import { eachOf } from "../../tests/long-tables.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openWorkspace, type Workspace } from "../../tests/workspace.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { evolve } from "../evolve/evolve.ts";
import { generate } from "../generate/generate.ts";

const numbers = [1, 2];
const inputs = {
  generate: numbers.map((number) => ({ prompt: `Question ${number}? #row-${number}#` })),
  evolve: numbers.map((number) => ({
    instruction: `Explain ${number}. #row-${number}#`,
    output: `It is ${number}, as everybody knows.`,
  })),
  evaluate: numbers.map((number) => ({
    prompt: `Question ${number}? #row-${number}#`,
    a: { text: `It is ${number}.` },
    b: { text: `It may be ${number}, or it may not.` },
    label: "a",
  })),
};
type Command = keyof typeof inputs;
const commands = { generate, evolve, evaluate };

/** The models are behind an address in place of in this process. */
function served(topology: object): string {
  return JSON.stringify(topology).replaceAll(/"sim:(\w+)[^"]*"/g, '"compatible:$1"');
}

/** Runs a command with batch files until it no longer waits; gives the number of waves. */
async function runInWaves(
  space: Workspace,
  command: Command,
  options: Parameters<typeof generate>[1],
): Promise<{ exitCode: number; waves: number }> {
  for (let waves = 0; waves < 60; waves += 1) {
    const { exitCode } = await commands[command](space.at("topology.json"), options);
    if (exitCode !== 143) return { exitCode, waves };
    answerBatchFiles(space.at("waves"));
  }
  throw new Error("it takes no end");
}

/** The same answers live and in waves leave the same files. */
async function compare(command: Command, topology: object): Promise<number> {
  return withLoopbackServer(answerLive, async ({ url }) => {
    const space = openWorkspace();
    const environment = { OPENAI_COMPATIBLE_BASE_URL: `${url}/v1` };
    space.write("input.jsonl", inputs[command]);
    space.write("topology.json", served(topology));
    const live = space.options("input.jsonl", "live", { environment });
    expect((await commands[command](space.at("topology.json"), live)).exitCode).toBe(0);
    const batchFiles = { folder: space.at("waves"), root: space.at("batched") };
    const batched = space.options("input.jsonl", "batched", { environment, batchFiles });
    const { exitCode, waves } = await runInWaves(space, command, batched);
    expect(exitCode).toBe(0);
    const { "batches.json": state, ...outputs } = space.outputs("batched");
    expect(state).toBeDefined();
    expect(outputs).toEqual(space.outputs("live"));
    return waves;
  });
}

const several = Object.entries(evaluators).map((entry, number) => [...entry, number] as const);

describe.each(several)("with %s", (name, evaluator, number) => {
  it("evaluates in waves as live", async () => {
    const waves = await compare("evaluate", evaluator);
    // Re-asks aside, the calls of a row that stand side by side are in one wave.
    const most = { checks: 0, debate: 3, "cascade, judge then jury": 2 }[name] ?? 1;
    expect(waves).toBeLessThanOrEqual(most);
  });

  it.each(eachOf(Object.entries(generators), 25, number))(
    "runs %s in waves as live",
    async (_, { command, topology }) => {
      await compare(command, topology(evaluator));
    },
  );
});
