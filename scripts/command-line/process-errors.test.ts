import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { guardProcess } from "./process-errors.ts";
import { startCommand } from "../../tests/start-command.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import type { Written } from "../../tests/workspace.ts";

const loop = `graph: feedback-loop
iterations: 2
agents:
  generator: { model: "sim:oak" }
  reviewers:
    - { name: critic, model: "sim:ash", node: ./own.mjs#own }
evaluator: { graph: judge, agents: { judge: { model: "sim:yew" } } }
`;

function readLines(out: string, name: string): Written[] {
  const written = readFileSync(join(out, name), "utf8").trim().split("\n");
  return written.map((line) => JSON.parse(line));
}

describe("errors that own code leaves unhandled", () => {
  const deeds = `
    const deeds = {
      reject: () => void Promise.reject(new Error("left\\u001b[31m alone")),
      timer: () => void setTimeout(() => { throw new Error("of a timer"); }, 0),
      float: ({ ask, question }) => {
        void (async () => { await ask(question(0)); await ask(question(1)); })();
      },
      late: ({ ask, question }) => void setTimeout(() => ask(question(0)), 0),
      exit: () => process.exit(0),
      elsewhere: () => new Promise((resolve) => {
        jobs.push(resolve, () => { throw new Error("too late"); });
      }),
    };
    const jobs = [];
    setInterval(() => jobs.pop()?.(), 1).unref();
    export const own = ({ agent }) => async ({ row, prompt: [{ content }], responses }) => {
      const question = (turn) => ({
        row, part: "", turn, messages: [{ role: "user", content: "?" }], expects: { kind: "text" },
      });
      await deeds[content]?.({ ask: agent.ask, question });
      const round = responses.length;
      return { reviews: [{ reviewer: agent.name, round, text: "More.", evaluation: "", score: null, feedback: "More." }] };
    };`;

  async function run(module: string, ...prompts: string[]) {
    const directory = temporaryDirectory({
      "own.mjs": module,
      "loop.yaml": loop,
      "prompts.jsonl": prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join(""),
    });
    const argv = ["loop.yaml", "--input", "prompts.jsonl", "--out", "out", "--concurrency", "1"];
    const { ended, printed } = startCommand("generate", [...argv, "--allow-code", "--quiet"], {
      directory,
    });
    const { code } = await ended;
    expect(printed.stderr).not.toMatch(/^ +at |bug of ours|\u001b/m);
    const said = printed.stderr.split("\n").filter((line) => !/^(?:Code: .*)?$/.test(line));
    const out = join(directory, "out");
    return { code, said, out };
  }

  it("fails the rows that it comes from, and the others are done", async () => {
    const { code, said, out } = await run(deeds, "one", "reject", "timer", "float", "late", "six");
    expect({ code, said }).toEqual({ code: 3, said: [] });
    expect(readLines(out, "failed.jsonl")).toMatchObject([
      { row: 2, reason: "node_failed", detail: expect.stringContaining("threw left") },
      { row: 3, reason: "node_failed", detail: expect.stringContaining("threw of a timer, where") },
      { row: 4, reason: "bad_node", detail: expect.stringContaining("asked after its node had") },
      { row: 5, reason: "bad_node", detail: expect.stringContaining("asked after its node had") },
    ]);
    expect(readLines(out, "rows.jsonl").map(({ row }) => row)).toEqual([1, 6]);
  });

  it("stops the run as a signal does where it threw in no row, with its files written", async () => {
    const { code, said, out } = await run(deeds, "one", "elsewhere", "three");
    expect({ code, said: said[0] }).toEqual({
      code: 143,
      said: "Code of your own threw too late, where nothing waited for it.",
    });
    expect(said[1]).toContain("an error in code of your own: waiting for the calls under way");
    expect(JSON.parse(readFileSync(join(out, "run.json"), "utf8"))).toMatchObject({
      done: 1,
      pending: 2,
    });
  });

  it("does not pass for done where it ends the process", async () => {
    const { code, said, out } = await run(deeds, "one", "exit", "three");
    const words = "Code of your own ended the process before the command had come to its end; ";
    expect({ code, said }).toEqual({
      code: 143,
      said: [`${words}the same command goes on later.`],
    });
    expect(existsSync(join(out, "rows.jsonl"))).toBe(false);
    const loaded = await run("process.exit(0);", "one");
    expect(loaded).toMatchObject({ code: 2, said: [`${words}nothing was sent.`] });
  });
});

describe("a signal before the run has begun", () => {
  it.each([
    ["SIGINT", "Ctrl-C", 130],
    ["SIGTERM", "SIGTERM", 143],
    ["SIGHUP", "SIGHUP", 129],
  ] as const)("says that nothing was sent: %s", (signal, name, code) => {
    const others = process.listeners(signal);
    process.removeAllListeners(signal);
    const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const known = process.listeners("exit");
    const commandEnded = guardProcess();
    process.emit(signal);
    expect(exit).toHaveBeenCalledExactlyOnceWith(code);
    const said = `Stopped by ${name} before the run began; nothing was sent.\n`;
    expect(write).toHaveBeenCalledExactlyOnceWith(said);
    commandEnded();
    expect(process.listeners(signal)).toEqual([]);
    for (const listener of process.listeners("exit")) {
      if (!known.includes(listener)) process.off("exit", listener);
    }
    for (const listener of others) process.on(signal, listener);
    vi.restoreAllMocks();
  });
});
