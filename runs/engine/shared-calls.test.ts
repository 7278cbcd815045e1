import { describe, expect, it } from "vitest";
import { createBillingServer } from "../../tests/loopback/billing-server.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { journalRecords } from "../../tests/journal-records.ts";
import { openWorkspace, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { exportCassette } from "../datasets/export-cassette.ts";
import { evaluate, forecastEvaluate } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";
import { replayRow } from "../replay/replay-row.ts";

const price = { in: 2.5, out: 10 };
/** Which pair each row is: five rows of three pairs. */
const pairs = [0, 1, 0, 2, 0, 1];

function judging(url: string, temperature: number | null = 0) {
  const space = openWorkspace();
  space.write(
    "pairs.jsonl",
    pairs.map((n) => ({ prompt: `Question ${n}?`, a: `Yes, ${n}.`, b: `No, not ${n}.` })),
  );
  const judge = { model: "openai:gpt-4o", temperature };
  const topology = { graph: "judge", orders: "both", reasks: 0, agents: { judge } };
  const file = space.write("judge.json", JSON.stringify(topology));
  const options = (out: string, changes: Partial<CommandOptions> = {}) =>
    space.options("pairs.jsonl", out, {
      environment: { OPENAI_API_KEY: "test-key", OPENAI_BASE_URL: `${url}/v1` },
      ...changes,
    });
  return { space, file, options };
}

const billing = () =>
  createBillingServer({ price, answerTokens: (hash) => 20 + (hash % 280), delayMs: 2 });

const sharedIn = ({ transcript }: Written) =>
  transcript.map(({ shared }: Written) => shared === true);

describe("identical calls at temperature 0", () => {
  it("are asked once, and cost once, at the first row that asks", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, file, options } = judging(url);
      const forecast = await forecastEvaluate(file, options("new"));
      const end = await evaluate(file, options("out"));
      expect(requests).toHaveLength(6);
      expect(forecast).toMatchObject({ rows: 6, calls: 6 });
      expect(forecast.assumptions.join("\n")).toContain("3 rows show the same as an earlier one");
      expect(end.summary).toMatchObject({ done: 6, calls: 12, sharedCalls: 6 });
      expect(end.summary.cost.usd).toBeCloseTo(server.billUsd(), 8);
      expect(end.spent.usd).toBeCloseTo(server.billUsd(), 8);
      const rows = space.lines("out", "rows.jsonl");
      expect(rows.map(sharedIn)).toEqual(
        [false, false, true, false, true, true].map((shared) => [shared, shared]),
      );
      expect(space.text("out", "rows.jsonl")).not.toContain('"request"');
      expect(rows[2].votes).toEqual(rows[0].votes);
      expect(rows[0].votes).not.toEqual(rows[1].votes);
      expect(rows[2].transcript[0].tokens).toEqual(rows[0].transcript[0].tokens);
      // Every row has its own answers in the journal: it can be made again, and taken along.
      const answers = journalRecords(space.at("out", "journal.calls")).filter(
        ({ kind }) => kind === "answer",
      );
      expect(answers).toHaveLength(12);
      expect(answers.filter(({ shared }) => shared === true)).toHaveLength(6);
      for (const row of [1, 5]) {
        const how = { row, allowCode: false, onCode: () => undefined };
        const replayed = await replayRow(space.at("out"), how);
        expect(replayed.calls.map(({ source }) => source)).toEqual(["journal", "journal"]);
        expect(replayed.replayed).toBe(replayed.recorded);
      }
      expect(await exportCassette(space.at("out"), space.at("cassette.jsonl"))).toMatchObject({
        calls: 12,
      });
    });
  });

  it("leave the same bytes however often the run is broken off", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, file, options } = judging(url);
      await evaluate(file, options("whole"));
      const billed = server.billUsd();
      for (const limit of [1, 3, 5]) await evaluate(file, options("parts", { limit }));
      const end = await evaluate(file, options("parts", { concurrency: 1 }));
      expect(space.outputs("parts")).toEqual(space.outputs("whole"));
      expect(requests).toHaveLength(12);
      expect(end.spent.usd).toBeCloseTo(server.billUsd() - billed, 8);
      // What another run has is taken along with its shares.
      const reusing = await evaluate(file, options("reusing", { reuse: [space.at("whole")] }));
      expect(requests).toHaveLength(12);
      expect(reusing.spent.usd).toBe(0);
      expect(space.outputs("reusing")).toEqual(space.outputs("whole"));
    });
  });

  it("stay within a budget that pays for each once", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, file, options } = judging(url);
      await evaluate(file, options("whole"));
      const least = server.billUsd() * 0.4;
      const first = await evaluate(file, options("poor", { budgetUsd: least, concurrency: 1 }));
      expect(first.exitCode).toBe(4);
      await evaluate(file, options("poor", { budgetUsd: 1 }));
      expect(requests).toHaveLength(12);
      expect(space.outputs("poor")).toEqual(space.outputs("whole"));
    });
  });

  it("are asked anew at another temperature, at none, and as another sample", async () => {
    const server = billing();
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      for (const temperature of [0.7, null]) {
        const { space, file, options } = judging(url, temperature);
        const before = requests.length;
        expect((await forecastEvaluate(file, options("new"))).calls).toBe(12);
        const end = await evaluate(file, options("out"));
        expect(requests.length - before).toBe(12);
        expect(end.summary).not.toHaveProperty("sharedCalls");
        expect(space.text("out", "rows.jsonl")).not.toContain('"shared"');
      }
      const { space, options } = judging(url);
      space.write("prompts.jsonl", [{ prompt: "Once?" }, { prompt: "Once?" }]);
      const generator = { model: "openai:gpt-4o", temperature: 0 };
      const evaluator = { graph: "checks", checks: [{ wordsAtMost: 120 }] };
      const topology = { graph: "single", samples: 2, agents: { generator }, evaluator };
      const single = space.write("single.json", JSON.stringify(topology));
      const before = requests.length;
      await generate(single, { ...options("samples"), input: space.at("prompts.jsonl") });
      expect(requests.length - before).toBe(2);
      expect(space.lines("samples", "rows.jsonl").map(sharedIn)).toEqual([
        [false, false],
        [true, true],
      ]);
    });
  });

  it("share no failure: each of the others asks for itself", async () => {
    let count = 0;
    const script = () => {
      count += 1;
      if (count === 1) return openAiSpeaker.refusal(400, "Not this one.");
      return openAiSpeaker.answer({
        content: "### Score Assistant A: 8/10\n### Score Assistant B: 5/10\n### Answer: A",
      });
    };
    await withLoopbackServer(script, async ({ url }) => {
      const { space, file, options } = judging(url);
      const end = await evaluate(file, options("out", { sets: ["orders=ab"] }));
      expect(end.summary).toMatchObject({ done: 5, failed: 1 });
      expect(space.lines("out", "rows.jsonl")).toHaveLength(5);
    });
  });
});
