import {
  copyFileSync,
  cpSync,
  readFileSync,
  rmSync,
  truncateSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { journalRecords } from "../../tests/journal-records.ts";
import { createBillingServer } from "../../tests/loopback/billing-server.ts";
import { withLoopbackServer, type ReceivedRequest } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate, evaluateAll } from "../evaluate/evaluate.ts";
import { exportCassette } from "../datasets/export-cassette.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
const loop = join(topologies, "feedback-loop.yaml");
const single = join(topologies, "single.yaml");
const price = { in: 2.5, out: 10 };
/** Nothing is asked for again, so that calls can be counted. */
const onceOnly = ["evaluator.reasks=0"];

/** A workspace with prompts, and options that send them to a server as OpenAI's. */
function billedRun(url: string, rows = 4) {
  const space = openWorkspace();
  const prompts = (numbers: readonly number[]) =>
    numbers.map((n) => ({ prompt: `Question ${n}?` }));
  space.write("prompts.jsonl", prompts(Array.from({ length: rows }, (_, row) => row)));
  const options = (out: string, changes: Partial<CommandOptions> = {}) =>
    space.options("prompts.jsonl", out, {
      models: ["openai:gpt-4o"],
      environment: { OPENAI_API_KEY: "test-key", OPENAI_BASE_URL: `${url}/v1` },
      ...changes,
    });
  const looping = (out: string, changes: Partial<CommandOptions> = {}) =>
    options(out, { sets: onceOnly, ...changes });
  const from = (...names: string[]) => ({ reuse: names.map((name) => space.at(name)) });
  return { space, options, looping, from, prompts };
}

/** Runs something, and gives it with the requests that it sent. */
async function counting<End>(requests: readonly ReceivedRequest[], run: () => Promise<End>) {
  const before = requests.length;
  const end = await run();
  return { end, sent: requests.slice(before).map(({ body }) => askedOf(body)) };
}

/** The agent for which a request is meant. */
function askedOf(body: Written): "judge" | "reviewer" | "generator" {
  const text = body.messages.map(({ content }: Written) => content).join("\n");
  if (text.includes("Score Assistant A") || text.includes("### Answer")) return "judge";
  return text.includes("Overall Score") ? "reviewer" : "generator";
}

const only = (sent: readonly string[], who: string) => sent.filter((one) => one === who).length;

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => "no refusal",
    (error: unknown) => (isFellowshipError(error) ? `${error.code}: ${error.message}` : error),
  );

function billing() {
  return createBillingServer({ price, answerTokens: (hash) => 20 + (hash % 280) });
}

describe("a run that takes answers from another", () => {
  it("judges the same responses with another evaluator for the price of the verdicts", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, looping, from } = billedRun(url);
      const first = await generate(loop, looping("first"));
      const journal = readFileSync(space.at("first", "journal.calls"));
      const sets = [...onceOnly, "evaluator.strategy=direct"];
      const billed = server.billUsd();
      const { end, sent } = await counting(requests, () =>
        generate(loop, looping("second", { sets, ...from("first") })),
      );
      expect(end.exitCode).toBe(0);
      expect(new Set(sent)).toEqual(new Set(["judge"]));
      // What was spent is what was billed; with what was taken it is what the rows are worth.
      expect(end.spent.usd).toBeCloseTo(server.billUsd() - billed, 8);
      const [taken] = end.reused;
      expect(end.reused).toHaveLength(1);
      expect(taken).toMatchObject({ directory: "first", answers: 4 * 5, cost: { unknown: 0 } });
      expect(end.spent.usd + (taken?.cost.usd ?? 0)).toBeCloseTo(end.summary.cost.usd, 8);
      expect(space.json("second", "run.json")).toMatchObject({
        reused: end.reused,
        spent: { usd: end.spent.usd },
      });
      expect(space.text("second", "run.json")).not.toContain(space.at("first"));
      expect(first.reused).toEqual([]);
      expect(space.json("first", "run.json")).not.toHaveProperty("reused");
      // The other run is as it was, and the same rows come out as from a run that paid for all.
      expect(readFileSync(space.at("first", "journal.calls"))).toEqual(journal);
      await generate(loop, looping("alone", { sets }));
      expect(space.outputs("second")).toEqual(space.outputs("alone"));
    });
  });

  it("asks only for what a longer loop asks more", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, looping, from } = billedRun(url);
      await generate(loop, looping("two", { sets: [...onceOnly, "iterations=2"] }));
      const { end, sent } = await counting(requests, () =>
        generate(loop, looping("three", { sets: [...onceOnly, "iterations=3"], ...from("two") })),
      );
      expect(end.summary.calls).toBe(4 * 7);
      expect(sent).toHaveLength(4 * 3);
      for (const who of ["generator", "reviewer", "judge"]) expect(only(sent, who)).toBe(4);
      await generate(loop, looping("alone", { sets: [...onceOnly, "iterations=3"] }));
      expect(space.outputs("three")).toEqual(space.outputs("alone"));
    });
  });

  it("needs no money for what it takes", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { looping, from } = billedRun(url);
      const paid = await generate(loop, looping("first"));
      const { end, sent } = await counting(requests, () =>
        generate(loop, looping("second", { budgetUsd: 0, ...from("first") })),
      );
      expect(end).toMatchObject({ exitCode: 0, spent: { usd: 0, unknownUsd: 0, leftUsd: 0 } });
      expect(sent).toEqual([]);
      expect(end.summary).toEqual(paid.summary);
    });
  });

  it("stands alone: it resumes, hands on and exports without the other, and pays for nothing twice", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, looping, from } = billedRun(url);
      await generate(loop, looping("first", { limit: 3 }));
      const billed = server.billUsd();
      await generate(loop, looping("second", { limit: 2, ...from("first") }));
      // The third row's answers are only in the first run; without it they are bought.
      cpSync(space.at("second"), space.at("resumed"), { recursive: true });
      await generate(loop, looping("second", from("first")));
      const owed = server.billUsd() - billed;
      rmSync(space.at("first"), { recursive: true });
      const { sent } = await counting(requests, () => generate(loop, looping("resumed")));
      expect(sent).toHaveLength(2 * 7);
      expect(space.outputs("resumed")).toEqual(space.outputs("second"));
      const { reused, spent } = space.json("second", "run.json");
      expect(reused).toMatchObject([{ directory: "first", answers: 3 * 7 }]);
      expect(space.json("resumed", "run.json").reused).toMatchObject([{ answers: 2 * 7 }]);
      expect(spent.usd).toBeCloseTo(owed, 8);
      const third = await generate(loop, looping("third", from("second")));
      expect(third.reused).toMatchObject([{ directory: "second", answers: 4 * 7 }]);
      expect(await exportCassette(space.at("third"), space.at("cassette.jsonl"))).toEqual({
        rows: 4,
        calls: 28,
      });
    });
  });

  it("writes down what it takes before it uses it, as nothing that was asked or is owed", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url }) => {
      const { space, options, from } = billedRun(url, 1);
      await generate(single, options("first"));
      await generate(single, options("second", from("first")));
      const [before] = journalRecords(space.at("first", "journal.calls")).slice(-1);
      const after = journalRecords(space.at("second", "journal.calls"));
      const { bound: _b, usd: _u, worstUsd: _w, ...answer } = before ?? ({} as Written);
      expect(after).toEqual([
        {
          ...answer,
          attempt: 0,
          takenFrom: { directory: "first", plan: expect.stringMatching(/^[0-9a-f]{16}$/) },
        },
      ]);
    });
  });

  it("takes each sample once, and asks for those that are missing", async () => {
    let count = 0;
    const script = ({ body }: ReceivedRequest) => {
      count += 1;
      const isJudge = askedOf(body) === "judge";
      return openAiSpeaker.answer({ content: isJudge ? "### Answer:\nA" : `Sample ${count}.` });
    };
    await withLoopbackServer(script, async ({ url, requests }) => {
      const { space, options, from } = billedRun(url, 1);
      const judge = "evaluator={graph: judge, strategy: direct, agents: {judge: {model: x}}}";
      const sampled = (samples: number) => ({
        sets: [
          `samples=${samples}`,
          "agents.generator.temperature=1",
          judge.replace("x", '"openai:gpt-4o"'),
        ],
      });
      await generate(single, options("three", sampled(3)));
      const { sent } = await counting(requests, () =>
        generate(single, options("five", { ...sampled(5), ...from("three") })),
      );
      expect(only(sent, "generator")).toBe(2);
      const texts = (out: string): string[] =>
        space.lines(out, "rows.jsonl")[0].responses.map(({ text }: Written) => text);
      expect(texts("five").slice(0, 3)).toEqual(texts("three"));
      expect(new Set(texts("five")).size).toBe(5);
    });
  });

  it("keeps paid answers that are no good, and takes none to another model or setting", async () => {
    const script = () => openAiSpeaker.answer({ content: "cut off", finish: "length" });
    await withLoopbackServer(script, async ({ url, requests }) => {
      const { options, from } = billedRun(url, 2);
      await generate(single, options("first"));
      const again = (out: string, changes: Partial<CommandOptions>) =>
        counting(requests, () => generate(single, options(out, { ...from("first"), ...changes })));
      const same = await again("same", {});
      expect(same.sent).toEqual([]);
      expect(same.end.summary).toMatchObject({ failed: 2, failures: { cut_at_length: 2 } });
      const warmer = await again("warmer", { sets: ["agents.generator.temperature=0.9"] });
      expect(warmer.sent).toHaveLength(2);
      const other = await again("other", { models: ["openai:gpt-4o-mini"] });
      expect(other.sent).toHaveLength(2);
      expect(other.end.reused).toEqual([]);
    });
  });
});

describe("rows of another input", () => {
  it("take the answers of rows that ask the same, wherever those stand", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, looping, from, prompts } = billedRun(url);
      await generate(loop, looping("first"));
      const input = space.write("moved.jsonl", prompts([3, 9, 1]));
      const moved = { input, concurrency: 1 };
      const { end, sent } = await counting(requests, () =>
        generate(loop, looping("second", { ...moved, ...from("first") })),
      );
      expect(sent).toHaveLength(7);
      expect(end.reused[0]?.answers).toBe(14);
      await generate(loop, looping("alone", moved));
      expect(space.outputs("second")).toEqual(space.outputs("alone"));
    });
  });

  it("that are alike do not share one sample among them", async () => {
    let count = 0;
    const script = () => openAiSpeaker.answer({ content: `Sample ${(count += 1)}.` });
    await withLoopbackServer(script, async ({ url, requests }) => {
      const { space, options, from, prompts } = billedRun(url, 1);
      const sampling = { sets: ["agents.generator.temperature=1"] };
      await generate(single, options("first", sampling));
      const input = space.write("repeated.jsonl", prompts([7, 0, 0, 0, 0]));
      const { sent } = await counting(requests, () =>
        generate(single, options("second", { input, ...sampling, ...from("first") })),
      );
      expect(sent).toHaveLength(4);
      const texts = space.lines("second", "rows.jsonl").map((row) => row.responses[0].text);
      expect(texts[1]).toBe("Sample 1.");
      expect(new Set(texts).size).toBe(5);
    });
  });
});

describe("evaluators", () => {
  const pairs = Array.from({ length: 4 }, (_, row) => ({
    prompt: `Question ${row}?`,
    a: { text: `First ${row}.` },
    b: { text: `Second ${row}.` },
  }));
  const juror = (name: string) => `{ name: ${name}, model: "openai:gpt-4o" }`;
  const jury = (...names: string[]) =>
    `graph: jury\nreasks: 0\nagents: { jurors: [${names.map(juror).join(", ")}] }\n`;

  it("of one model take a judge's verdict for one juror alone", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, options, from } = billedRun(url);
      const input = space.write("pairs.jsonl", pairs);
      const models = { input, models: [], sets: [] };
      const judge = `graph: judge\nreasks: 0\nagents: { judge: { model: "openai:gpt-4o" } }\n`;
      await evaluate(space.write("judge.yaml", judge), options("judge", models));
      const one = await counting(requests, () =>
        evaluate(
          space.write("jury.yaml", jury("x", "y", "z")),
          options("jury", { ...models, ...from("judge") }),
        ),
      );
      expect(one.sent).toHaveLength(8);
      const more = await counting(requests, () =>
        evaluate(
          space.write("more.yaml", jury("x", "y", "z", "w")),
          options("more", { ...models, ...from("jury", "judge") }),
        ),
      );
      expect(more.sent).toHaveLength(4);
      expect(more.end.reused).toMatchObject([{ directory: "jury", answers: 12 }]);
    });
  });

  it("are all refused before the first where one would take from itself", async () => {
    await withLoopbackServer(billing().script, async ({ url, requests }) => {
      const { space, options, from } = billedRun(url);
      const input = space.write("pairs.jsonl", pairs);
      const paths = ["one", "two"].map((name) => space.write(`${name}.yaml`, jury(name)));
      const given = { input, models: [], sets: [], ...from("out/two") };
      await evaluateAll(paths, options("out", { input, models: [], sets: [] }));
      const sent = requests.length;
      expect(await refusal(evaluateAll(paths, options("out", given)))).toMatch(
        /^bad_usage: --reuse .*two: that is where this run itself goes/,
      );
      expect(requests).toHaveLength(sent);
    });
  });
});

describe("a model in the process", () => {
  it("answers by the address of a call, so its answers are taken at that address alone", async () => {
    const { space, prompts } = billedRun("http://127.0.0.1:1");
    const options = (out: string, changes: Partial<CommandOptions> = {}) =>
      space.options("prompts.jsonl", out, { models: ["sim:oak"], ...changes });
    const reuse = [space.at("first")];
    await generate(loop, options("first", { sets: ["iterations=2"] }));
    const longer = await generate(loop, options("longer", { reuse }));
    expect(longer.reused).toMatchObject([{ answers: 4 * 4, cost: { usd: 0, unknown: 0 } }]);
    const input = space.write("moved.jsonl", prompts([1, 2, 3]));
    const moved = await generate(loop, options("moved", { input, reuse }));
    expect(moved.reused).toEqual([]);
    for (const [out, changes] of [
      ["longer", {}],
      ["moved", { input }],
    ] as const) {
      await generate(loop, options("alone", { ...changes, fresh: true }));
      expect(space.outputs(out)).toEqual(space.outputs("alone"));
    }
  });
});

describe("what can't be taken from", () => {
  it("is named before anything is made or sent, in a forecast too", async () => {
    await withLoopbackServer(billing().script, async ({ url, requests }) => {
      const { space, options, from } = billedRun(url);
      await generate(single, options("first"));
      cpSync(space.at("first"), space.at("damaged"), { recursive: true });
      const calls = space.at("damaged", "journal.calls");
      const bytes = readFileSync(calls);
      bytes[100] = (bytes[100] ?? 0) ^ 4;
      writeFileSync(calls, bytes);
      cpSync(space.at("first"), space.at("callless"), { recursive: true });
      rmSync(space.at("callless", "journal.calls"));
      cpSync(space.at("first"), space.at("endless"), { recursive: true });
      rmSync(space.at("endless", "journal.calls"));
      symlinkSync("/dev/zero", space.at("endless", "journal.calls"));
      const sent = requests.length;
      const expected: [string, RegExp][] = [
        ["absent", /^bad_usage: --reuse .*absent: expected the --out directory of another run/],
        ["prompts.jsonl", /^bad_usage: --reuse .*found no journal\.plan/],
        ["callless", /^bad_usage: --reuse .*found no journal\.calls/],
        ["endless", /^bad_usage: --reuse .*a device or pipe, not a regular file/],
        ["second", /^bad_usage: --reuse .*second: that is where this run itself goes/],
        ["damaged", /^journal_damaged: --reuse: the journal .*damaged.journal\.calls is damaged/],
      ];
      for (const [name, complaint] of expected) {
        const given = options("second", from(name));
        expect(await refusal(generate(single, given))).toMatch(complaint);
        expect(await refusal(forecastGenerate(single, given))).toMatch(complaint);
      }
      expect(space.files()).not.toContain(join("second", "journal.plan"));
      expect(readFileSync(calls)).toEqual(bytes);
      expect(requests).toHaveLength(sent);
    });
  });

  it("is not what another process is writing: a torn end is left out and left alone", async () => {
    await withLoopbackServer(billing().script, async ({ url, requests }) => {
      const { space, options, from } = billedRun(url);
      await generate(single, options("first"));
      const calls = space.at("first", "journal.calls");
      truncateSync(calls, readFileSync(calls).length - 9);
      copyFileSync(calls, space.at("copy"));
      const { sent } = await counting(requests, () =>
        generate(single, options("second", from("first"))),
      );
      expect(sent).toHaveLength(1);
      expect(readFileSync(calls)).toEqual(readFileSync(space.at("copy")));
      expect(space.files("first").filter((name) => name.includes("torn"))).toEqual([]);
    });
  });
});
