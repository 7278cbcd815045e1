import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  answerBatchFiles,
  answeredLine,
  answerLive,
  inReverse,
  type AnswerLines,
  type AskedLine,
} from "../../tests/answer-batch-files.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openWorkspace, silent, type Workspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate, evaluateAll } from "../evaluate/evaluate.ts";

const rows = 12;
const pairs = Array.from({ length: rows }, (_, index) => ({
  prompt: `Question ${index + 1}? #row-${index + 1}#`,
  a: { text: `It is ${index}.` },
  b: { text: `It may be ${index}, or it may not.` },
  label: "a",
}));
const judge = { graph: "judge", agents: { judge: { model: "compatible:judge" } } };

type Session = {
  readonly space: Workspace;
  /** What was said in notices. */
  readonly said: string[];
  readonly run: (changes?: Partial<CommandOptions>) => ReturnType<typeof evaluate>;
  readonly answer: (lines?: AnswerLines) => Record<string, AskedLine[]>;
  readonly asked: (wave: number) => AskedLine[];
};

function open(topology: object = judge): Session {
  const space = openWorkspace();
  const said: string[] = [];
  space.write("pairs.jsonl", pairs);
  space.write("topology.json", JSON.stringify(topology));
  const batchFiles = { folder: space.at("waves"), root: space.at("out") };
  const progress = {
    ...silent,
    say: (message: string, kind?: string) => void (kind === "notice" && said.push(message)),
  };
  return {
    space,
    said,
    run: (changes = {}) =>
      evaluate(
        space.at("topology.json"),
        space.options("pairs.jsonl", "out", { batchFiles, progress, ...changes }),
      ),
    answer: (lines) => answerBatchFiles(space.at("waves"), lines),
    asked: (wave) => space.lines("waves", `wave-${wave}.input.jsonl`),
  };
}

const refused = (line: AskedLine, status: number, message: string) => ({
  id: "x",
  custom_id: line.custom_id,
  response: { status_code: status, request_id: "x", body: { error: { message } } },
  error: null,
});

/** A tenth of everything that can be wrong with an output. */
const faulty: AnswerLines = (asked) => [
  ...asked.slice(0, 6).map(answeredLine),
  // Doubled, of another run, cut.
  answeredLine(asked[0] as AskedLine),
  { ...answeredLine(asked[1] as AskedLine), custom_id: "f".repeat(64) },
  { ...answeredLine(asked[1] as AskedLine), custom_id: "request-7" },
  '{"custom_id":"',
  // As a service, and two versions of vLLM, say that there is no answer.
  refused(asked[6] as AskedLine, 503, "Overloaded."),
  {
    id: "x",
    custom_id: asked[7]?.custom_id,
    response: null,
    error: { code: "batch_expired", message: "This request could not be executed in time." },
  },
  {
    id: "x",
    custom_id: asked[8]?.custom_id,
    response: { status_code: 500, request_id: "x", body: null },
    error: { object: "error", message: "Engine died.", type: "x", code: 500 },
  },
  // A failure, then the answer after all.
  refused(asked[9] as AskedLine, 500, "Oh no."),
  answeredLine(asked[9] as AskedLine),
];

describe("what a batch brought", () => {
  it("is taken row by row, said in a line, and what is missing is asked again", async () => {
    const { space, said, run, answer, asked } = open();
    expect((await run()).exitCode).toBe(143);
    expect(asked(1)).toHaveLength(rows);
    const before = space.text("waves", "wave-1.input.jsonl");
    // Nothing has come, and nothing changes.
    expect(await run()).toMatchObject({ exitCode: 143, summary: { done: 0, pending: rows } });
    expect(space.text("waves", "wave-1.input.jsonl")).toBe(before);
    expect(space.files("waves")).toEqual(["wave-1.input.jsonl"]);

    answer(faulty);
    const second = await run();
    expect(second).toMatchObject({ exitCode: 143, summary: { done: 7, pending: 5, failed: 0 } });
    expect(said).toEqual([
      "Wave 1: 7 of 12 calls answered, 3 failed (the first: HTTP 503: Overloaded.), 2 missing, " +
        "2 answered more than once (the first counts), 2 lines of no call of this wave left out, " +
        "1 line unreadable. What has no answer is asked again.",
    ]);
    const ids = new Set(asked(1).map(({ custom_id }) => custom_id));
    expect(asked(2)).toHaveLength(5);
    for (const { custom_id } of asked(2)) expect(ids.has(custom_id)).toBe(true);

    answer();
    expect(await run()).toMatchObject({ exitCode: 0, summary: { done: rows, calls: rows } });
    // The same command again changes nothing.
    const outputs = space.outputs("out");
    expect((await run()).exitCode).toBe(0);
    expect(space.outputs("out")).toEqual(outputs);
    expect(space.files("waves")).toHaveLength(4);
  });

  it("fails a row whose request is refused, and asks again only when no row waits", async () => {
    const { space, run, answer, asked } = open();
    await run();
    answer((lines) => [
      ...lines.slice(2).map(answeredLine),
      refused(lines[0] as AskedLine, 400, "The prompt is too long for the context."),
    ]);
    expect(await run()).toMatchObject({ exitCode: 143, summary: { failed: 1, pending: 1 } });
    expect(asked(2)).toHaveLength(1);
    answer();
    expect(await run()).toMatchObject({ exitCode: 3, summary: { failed: 1, done: rows - 1 } });
    expect(space.lines("out", "failed.jsonl")).toMatchObject([{ row: 1 }]);
    // Failed rows are tried again, as ever.
    expect((await run()).exitCode).toBe(143);
    expect(asked(3)).toHaveLength(1);
    answer();
    expect(await run()).toMatchObject({ exitCode: 0, summary: { done: rows } });
  });

  it("gives a call up that five batches did not answer", async () => {
    const { run, answer } = open();
    for (let wave = 1; wave <= 5; wave += 1) {
      expect((await run()).exitCode).toBe(143);
      answer((lines) =>
        wave === 1
          ? [refused(lines[0] as AskedLine, 500, "Oh no."), ...lines.slice(1).map(answeredLine)]
          : lines.map((line) => refused(line, 500, "Oh no.")),
      );
    }
    expect(await run()).toMatchObject({
      exitCode: 3,
      summary: { done: rows - 1 },
      failures: [{ reason: "provider_error", rows: 1 }],
    });
  });

  it("keeps a wave open that no server could answer", async () => {
    const { space, said, run, answer } = open();
    await run();
    const missing = "The model `judge` does not exist.";
    answer((lines) => lines.map((line) => refused(line, 404, missing)));
    const stopped = await run();
    expect(stopped).toMatchObject({ exitCode: 8, summary: { pending: rows } });
    expect(stopped.stoppedBy).toContain(`${missing} Answer its files again.`);
    expect(said.join("\n")).not.toContain("What has no answer is asked again");
    rmSync(space.at("waves", "wave-1.output.jsonl"));
    answer();
    expect(await run()).toMatchObject({ exitCode: 0, summary: { done: rows } });
  });

  it("waits for an output that is still being written", async () => {
    const { space, run, answer } = open();
    await run();
    answer((lines) => lines.slice(0, 5).map(answeredLine));
    const output = space.at("waves", "wave-1.output.jsonl");
    const half = readFileSync(output);
    // As `vllm run-batch` has it open; the shell ends with its input.
    const writer = spawn("sh", ["-c", 'exec 3>>"$0"; echo open; read -r line', output]);
    await once(writer.stdout, "data");
    const waiting = await run();
    expect(waiting).toMatchObject({ exitCode: 143, summary: { pending: rows } });
    expect(waiting.next?.join("\n")).toContain(output);
    writer.stdin.end();
    await once(writer, "close");
    // As a copy that is under way.
    const copy = () => appendFileSync(output, half.subarray(0, 10));
    copy();
    const copying = setInterval(copy, 100);
    onTestFinished(() => clearInterval(copying));
    expect(await run()).toMatchObject({ exitCode: 143, summary: { pending: rows } });
    clearInterval(copying);
    expect(space.files("waves")).toHaveLength(2);
    rmSync(output);
    answer();
    expect(await run()).toMatchObject({ exitCode: 0, summary: { done: rows } });
  });

  it("counts where a service put failures into a file of their own", async () => {
    const { space, run, answer } = open();
    await run();
    answer((lines) => lines.slice(1).map(answeredLine));
    const [first] = space.lines("waves", "wave-1.input.jsonl") as AskedLine[];
    const errors = `${JSON.stringify(refused(first as AskedLine, 400, "No."))}\n`;
    writeFileSync(space.at("waves", "wave-1.errors.jsonl"), errors);
    expect(await run()).toMatchObject({ exitCode: 3, summary: { failed: 1, done: rows - 1 } });
  });
});

describe("the folder of batch files", () => {
  it("is refused where it holds waves of another run", async () => {
    const one = open();
    await one.run();
    const other = one.space.options("pairs.jsonl", "other", {
      batchFiles: { folder: one.space.at("waves"), root: one.space.at("other") },
    });
    await expect(evaluate(one.space.at("topology.json"), other)).rejects.toMatchObject({
      code: "bad_usage",
      message: expect.stringContaining("wave-1.input.jsonl") as string,
    });
  });

  it("may move between two waves, but not lose what was asked", async () => {
    const { space, run, answer } = open({
      ...judge,
      agents: { judge: { model: "openai:gpt-4o" } },
    });
    await run();
    // An empty folder is another one: nothing there was asked.
    const elsewhere = { folder: space.at("elsewhere"), root: space.at("out") };
    await expect(run({ batchFiles: elsewhere })).rejects.toMatchObject({ code: "bad_usage" });
    answer();
    renameSync(space.at("waves"), space.at("moved"));
    const batchFiles = { folder: space.at("moved"), root: space.at("out") };
    renameSync(space.at("moved", "wave-1.input.jsonl"), space.at("input"));
    await expect(run({ batchFiles })).rejects.toMatchObject({ code: "bad_usage" });
    renameSync(space.at("input"), space.at("moved", "wave-1.input.jsonl"));
    expect(await run({ batchFiles })).toMatchObject({ exitCode: 0 });
  });

  it("has a file a model, and no name from data", async () => {
    const jurors = ["org/Model A", "other/model-a", "../../etc"].map((model, index) => ({
      name: `juror-${index}`,
      model: `compatible:${model}`,
    }));
    const { space, run, answer } = open({ graph: "jury", agents: { jurors } });
    const waiting = await run();
    expect(space.files("waves")).toEqual([
      "wave-1.etc.input.jsonl",
      "wave-1.model-a-2.input.jsonl",
      "wave-1.model-a.input.jsonl",
    ]);
    expect(waiting.next).toHaveLength(4);
    const lines = answer((asked, name) => (name.includes("etc") ? [] : inReverse(asked, name)));
    expect(Object.values(lines).map((asked) => asked.length)).toEqual([rows, rows, rows]);
    expect(await run()).toMatchObject({ exitCode: 143, summary: { done: 0 } });
    answer();
    expect(await run()).toMatchObject({ exitCode: 0, summary: { calls: 3 * rows } });
  });
});

describe("a budget", () => {
  it("lets no more into a wave than it could pay for", async () => {
    const prices = "compatible:judge: { in: 1000, out: 1000 }\n";
    const { space, run, answer, asked } = open({
      ...judge,
      agents: { judge: { model: "compatible:judge", maxTokens: 1000 } },
    });
    space.write("prices.yaml", prices);
    const budget = { prices: space.at("prices.yaml"), budgetUsd: 5 };
    expect((await run(budget)).exitCode).toBe(143);
    const inFirst = asked(1).length;
    expect(inFirst).toBeGreaterThan(0);
    expect(inFirst).toBeLessThan(rows);
    let end = await run(budget);
    for (let wave = 1; end.exitCode === 143; wave += 1) {
      expect(wave).toBeLessThan(20);
      answer();
      end = await run(budget);
    }
    expect(end.exitCode).toBe(4);
    expect(end.spent.usd).toBeLessThanOrEqual(5);
    expect(end.summary.done).toBeGreaterThan(inFirst);
  });
});

describe("several evaluators", () => {
  it("have their waves answered side by side, each in a folder of its own", async () => {
    const { space, answer } = open();
    const names = ["one", "two"];
    const paths = names.map((name) => space.write(`${name}.yaml`, JSON.stringify(judge)));
    const batchFiles = { folder: space.at("waves"), root: space.at("out") };
    const budgetUsd = 1000;
    const prices = space.write("prices.yaml", '"compatible:judge": { in: 1000, out: 1000 }\n');
    const options = space.options("pairs.jsonl", "out", { batchFiles, budgetUsd, prices });
    const waiting = await evaluateAll(paths, options);
    expect(waiting.evaluators.map(({ exitCode }) => exitCode)).toEqual([143, 143]);
    // What the first may cost is not the second's to spend.
    const lefts = waiting.evaluators.map(({ spent }) => spent.leftUsd ?? 0);
    expect(lefts[0]).toBeLessThan(budgetUsd);
    expect(lefts[1]).toBeLessThanOrEqual(lefts[0] ?? 0);
    expect(Object.keys(answer())).toEqual(names.map((name) => `${name}/wave-1.input.jsonl`));
    const { evaluators } = await evaluateAll(paths, { ...options, budgetUsd: undefined });
    expect(evaluators.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  });
});

describe("a run that waits for a batch", () => {
  it("can be finished live", async () => {
    const { space, run, answer } = open();
    await withLoopbackServer(answerLive, async ({ url, requests }) => {
      const environment = { OPENAI_COMPATIBLE_BASE_URL: `${url}/v1` };
      await run({ environment });
      answer((lines) => lines.slice(0, 5).map(answeredLine));
      await run({ environment });
      expect(requests).toHaveLength(0);
      const live = await run({ environment, batchFiles: undefined });
      expect(live).toMatchObject({ exitCode: 0, summary: { done: rows } });
      expect(requests).toHaveLength(rows - 5);
    });
    expect(existsSync(space.at("out", "batches.json"))).toBe(true);
    expect(readFileSync(space.at("out", "rows.jsonl"), "utf8").split("\n")).toHaveLength(rows + 1);
  });
});

describe("calls that ask the same", () => {
  it("share a line and an answer at temperature 0, and have one each otherwise", async () => {
    const same = (temperature: number) => ({
      graph: "judge",
      agents: { judge: { model: "compatible:judge", temperature } },
    });
    for (const [temperature, lines] of [
      [0, 1],
      [1, rows],
    ] as const) {
      const { space, run, answer, asked } = open(same(temperature));
      space.write(
        "pairs.jsonl",
        Array.from({ length: rows }, () => pairs[0]),
      );
      await run();
      expect(asked(1)).toHaveLength(lines);
      // A failure counts once, however many share it.
      answer((all) => all.map((line) => refused(line, 500, "Oh no.")));
      expect((await run()).exitCode).toBe(143);
      answer();
      const { exitCode, summary } = await run();
      const { calls, sharedCalls = 0 } = summary;
      expect({ exitCode, sent: calls - sharedCalls }).toEqual({ exitCode: 0, sent: lines });
    }
  });
});
