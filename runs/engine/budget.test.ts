import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { createBillingServer, type BillingFault } from "../../tests/loopback/billing-server.ts";
import { withLoopbackServer, type ReceivedRequest } from "../../tests/loopback/loopback-server.ts";
import { geminiSpeaker, openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace, silent, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluateAll } from "../evaluate/evaluate.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
const single = join(topologies, "single.yaml");
const loop = join(topologies, "feedback-loop.yaml");
const price = { in: 2.5, out: 10 };

/**
 * A workspace with so many prompts of one length, and options that send them to a server as
 * OpenAI's.
 */
function billedRun(rows: number, url: string) {
  const space = openWorkspace();
  space.write(
    "prompts.jsonl",
    Array.from({ length: rows }, (_, row) => ({ prompt: `Question ${1_000 + row}?` })),
  );
  const options = (changes: Partial<CommandOptions> = {}) =>
    space.options("prompts.jsonl", "out", {
      models: ["openai:gpt-4o"],
      sets: [],
      environment: { OPENAI_API_KEY: "test-key", OPENAI_BASE_URL: `${url}/v1` },
      concurrency: 64,
      ...changes,
    });
  return { space, options };
}

/** On a busy machine more calls time out than those that the server lets hang. */
function expectOnlyTimeouts(failures: readonly { readonly reason: string }[]): void {
  expect(failures.filter(({ reason }) => reason !== "timed_out")).toEqual([]);
}

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => "no refusal",
    (error: unknown) => (isFellowshipError(error) ? `${error.code}: ${error.message}` : error),
  );

describe("a budget, with 64 rows in flight", () => {
  it("is not passed by a cent at a server that always bills the longest answer, and used but for one call", async () => {
    const server = createBillingServer({ price, delayMs: 5 });
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, options } = billedRun(100, url);
      const end = await generate(single, options({ budgetUsd: 2 }));
      expect(end.exitCode).toBe(4);
      expect(server.billUsd()).toBeLessThanOrEqual(2);
      expect(server.billUsd()).toBeGreaterThan(2 - 0.05);
      expect(end.spent.usd).toBeCloseTo(server.billUsd(), 8);
      expect(end.spent).toMatchObject({ unknownUsd: 0, unpriced: 0 });
      expect(end.spent.leftUsd).toBeCloseTo(2 - server.billUsd(), 8);
      expect(end.stoppedBy).toMatch(
        /^the budget is reached: the next call to openai:gpt-4o may cost up to \$0\.04/,
      );
      const sent = requests.length;
      expect(end.summary).toMatchObject({ rows: 100, done: sent, failed: 0, pending: 100 - sent });
      const { spent, exitCode } = await generate(single, options({ budgetUsd: 2 }));
      expect(exitCode).toBe(4);
      expect(requests).toHaveLength(sent);
      expect(spent).toEqual(end.spent);
      expect(space.json("out", "run.json").spent).toEqual({
        usd: spent.usd,
        unknownUsd: 0,
        unpriced: 0,
      });
    });
  });

  it("is not passed by time-outs, broken answers and missing counts; a higher one goes on to the same rows", async () => {
    const faults: BillingFault[] = ["hang", "cut", "error", "no-count", "no-count", "none", "none"];
    const server = createBillingServer({
      price,
      delayMs: 2,
      answerTokens: (hash) => 20 + (hash % 400),
      faultOf: (hash) => faults[hash % 80] ?? "none",
    });
    await withLoopbackServer(server.script, async ({ url }) => {
      const { space, options } = billedRun(70, url);
      const agents = ["agents.generator", "agents.reviewers.0", "evaluator.agents.judge"];
      const sets = ["iterations=2", ...agents.map((agent) => `${agent}.timeoutMs=2000`)];
      for (const budgetUsd of [0.3, 0.8]) {
        const end = await generate(loop, options({ sets, budgetUsd }));
        expect(end.exitCode).toBe(4);
        expect(end.spent.usd + end.spent.unknownUsd).toBeLessThanOrEqual(budgetUsd);
        expect(server.billUsd()).toBeLessThanOrEqual(end.spent.usd + end.spent.unknownUsd);
        expectOnlyTimeouts(end.failures);
      }
      let whole = await generate(loop, options({ sets, budgetUsd: 50 }));
      while (whole.summary.failed > 0) {
        expectOnlyTimeouts(whole.failures);
        whole = await generate(loop, options({ sets, budgetUsd: 50 }));
      }
      expect(whole.summary).toMatchObject({ rows: 70, done: 70, pending: 0 });
      expect(whole.exitCode).toBe(0);
      expect(whole.spent.unknownUsd).toBeGreaterThan(0);
      const bill = server.billUsd();
      expect(bill).toBeGreaterThan(whole.spent.usd);
      expect(bill).toBeLessThanOrEqual(whole.spent.usd + whole.spent.unknownUsd);
      // The journal has the same figures as the account that was kept beside it.
      expect((await generate(loop, options({ sets, budgetUsd: 50 }))).spent).toEqual(whole.spent);
      // What once had a fault has none by now, but for the counts that the provider left out.
      await generate(loop, options({ sets: ["iterations=2"], directory: space.at("free") }));
      const withoutCounts = ({ transcript, ...row }: Written) => ({
        ...row,
        transcript: transcript.map((call: Written) => ({ ...call, tokens: null })),
      });
      expect(space.lines("out", "rows.jsonl").map(withoutCounts)).toEqual(
        space.lines("free", "rows.jsonl").map(withoutCounts),
      );
    });
  });
});

describe("several evaluators under one budget", () => {
  it("spend no more than it together, and the one that finds it used up says so", async () => {
    const server = createBillingServer({ price, answerTokens: () => 300 });
    await withLoopbackServer(server.script, async ({ url }) => {
      const { space, options } = billedRun(0, url);
      const pairs = Array.from({ length: 12 }, (_, row) => ({
        prompt: `Question ${row}?`,
        a: { text: `First answer ${row}.` },
        b: { text: `Second answer ${row}.` },
      }));
      const input = space.write("pairs.jsonl", pairs);
      const judges = ["judge-1", "judge-2", "judge-3"].map((name) =>
        space.write(
          `${name}.yaml`,
          `graph: judge\nagents: { judge: { name: ${name}, model: "openai:gpt-4o" } }\n`,
        ),
      );
      const { evaluators } = await evaluateAll(judges, options({ input, budgetUsd: 0.16 }));
      const spent = evaluators.map((one) => one.spent.usd);
      expect(evaluators.map(({ exitCode }) => exitCode)).toEqual([0, 4]);
      expect(server.billUsd()).toBeLessThanOrEqual(0.16);
      expect(spent.reduce((sum, usd) => sum + usd)).toBeCloseTo(server.billUsd(), 7);
    });
  });
});

describe("a run that its budget stopped", () => {
  it("ends, with a higher one, in the bytes of a run that had none", async () => {
    const server = createBillingServer({ price, answerTokens: (hash) => 20 + (hash % 280) });
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const { space, options } = billedRun(20, url);
      const ends = [];
      for (const budgetUsd of [0.2, 0.5, 20]) {
        ends.push(await generate(loop, options({ budgetUsd, concurrency: 8 })));
      }
      expect(ends.map(({ exitCode }) => exitCode)).toEqual([4, 4, 0]);
      const paid = requests.length;
      expect(ends[2]?.spent.usd).toBeCloseTo(server.billUsd(), 8);
      const free = await generate(loop, options({ directory: space.at("free") }));
      expect(requests).toHaveLength(2 * paid);
      expect(free.spent.leftUsd).toBeNull();
      expect(space.outputs("out")).toEqual(space.outputs("free"));
      expect(space.json("out", "run.json").spent).toEqual(space.json("free", "run.json").spent);
    });
  });

  it("counts what time-outs may have cost, in this session and the next", async () => {
    const hang = { fault: { kind: "hang", where: "before-headers" } } as const;
    await withLoopbackServer(
      () => hang,
      async ({ url, requests }) => {
        const { options } = billedRun(1, url);
        const limits = { sets: ["agents.generator.timeoutMs=150"], models: ["openai:gpt-4o-mini"] };
        const first = await generate(single, options(limits));
        expect(first.spent).toMatchObject({ usd: 0 });
        expect(first.spent.unknownUsd).toBeGreaterThan(0);
        const worst = first.spent.unknownUsd / 2;
        expect(requests).toHaveLength(2);
        // Nothing known was spent, and yet there is no room for a third.
        const second = await generate(single, options({ ...limits, budgetUsd: 2.9 * worst }));
        expect(second.exitCode).toBe(4);
        expect(requests).toHaveLength(2);
        expect(second.spent.unknownUsd).toBe(first.spent.unknownUsd);
      },
    );
  });
});

describe("under a budget", () => {
  it("a model without a price is refused before anything is made or sent, in a forecast too", async () => {
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async ({ url, requests }) => {
        const { space, options } = billedRun(3, url);
        const changes = {
          models: [openAiSpeaker.spec],
          // A server on this machine would cost nothing.
          environment: openAiSpeaker.environment("http://models.example"),
          budgetUsd: 5,
        };
        const complaint = /^bad_usage: --budget: compatible:test-model has no price.*--prices/;
        expect(await refusal(generate(loop, options(changes)))).toMatch(complaint);
        expect(await refusal(forecastGenerate(loop, options(changes)))).toMatch(complaint);
        expect(existsSync(space.at("out"))).toBe(false);
        expect(requests).toHaveLength(0);
      },
    );
  });

  it.each([
    ["OpenAI's", "openai:gpt-4o", (body: Written) => body.max_tokens],
    [
      "Gemini's",
      "google:gemini-2.5-flash",
      (body: Written) => body.generationConfig?.maxOutputTokens,
    ],
  ])(
    "%s models are told a longest answer, the agent's own where it has one",
    async (_, model, longest) => {
      const speaker = model.startsWith("google") ? geminiSpeaker : openAiSpeaker;
      await withLoopbackServer(
        () => speaker.answer(),
        async ({ url, requests }) => {
          const { space, options } = billedRun(1, url);
          const environment = {
            OPENAI_API_KEY: "k",
            OPENAI_BASE_URL: `${url}/v1`,
            ...geminiSpeaker.environment(url),
          };
          const run = (out: string, changes: Partial<CommandOptions>) =>
            generate(
              single,
              options({ models: [model], environment, directory: space.at(out), ...changes }),
            );
          await run("default", { budgetUsd: 5 });
          await run("own", { budgetUsd: 5, sets: ["agents.generator.maxTokens=77"] });
          await run("none", {});
          expect(requests.map(({ body }: ReceivedRequest) => longest(body))).toEqual([
            4096,
            77,
            undefined,
          ]);
        },
      );
    },
  );

  it("models that cost nothing go on, and are told none", async () => {
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async ({ url, requests }) => {
        const { options } = billedRun(3, url);
        const environment = { OLLAMA_BASE_URL: `${url}/v1` };
        const changes = { models: ["ollama:gemma2"], environment, budgetUsd: 0 };
        const end = await generate(single, options(changes));
        expect(end.exitCode).toBe(0);
        expect(end.spent).toEqual({ usd: 0, unknownUsd: 0, unpriced: 0, leftUsd: 0 });
        expect(requests.map(({ body }) => (body as Written).max_tokens)).toEqual(
          Array(3).fill(undefined),
        );
      },
    );
  });

  it("progress is told what was spent so far", async () => {
    const server = createBillingServer({ price, answerTokens: () => 100 });
    await withLoopbackServer(server.script, async ({ url }) => {
      const { options } = billedRun(3, url);
      const told: (number | undefined)[] = [];
      const progress = { ...silent, call: (spent?: { usd: number }) => void told.push(spent?.usd) };
      await generate(single, options({ progress, concurrency: 1 }));
      expect(told).toHaveLength(3);
      expect(told[2]).toBeCloseTo(server.billUsd(), 10);
      expect(told[0]).toBeCloseTo(server.billUsd() / 3, 10);
    });
  });
});
