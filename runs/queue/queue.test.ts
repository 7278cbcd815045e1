import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { journalAddresses } from "../../tests/journal-records.ts";
import { createBillingServer } from "../../tests/loopback/billing-server.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { startCommand } from "../../tests/start-command.ts";
import { hasRedis, startRedis, type StartedRedis } from "../../tests/start-redis.ts";
import { openWorkspace, silent, type Workspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { audit } from "../audit/audit.ts";
import { compare } from "../compare/compare.ts";
import { evaluate, forecastEvaluate } from "../evaluate/evaluate.ts";
import { evolve } from "../evolve/evolve.ts";
import { generate } from "../generate/generate.ts";
import { runWithSentinel } from "../sentinel/run-with-sentinel.ts";
import { serveQueue } from "../worker-process/serve-queue.ts";

const topology = (name: string) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`);
const loop = topology("feedback-loop");
const price = { in: 2.5, out: 10 };
const models = ["openai:gpt-4o"];

async function redisFor(space: Workspace): Promise<StartedRedis> {
  mkdirSync(space.at("redis"));
  const redis = await startRedis(space.at("redis"));
  onTestFinished(() => redis.kill());
  return redis;
}

function prompts(space: Workspace, count: number): void {
  const lines = Array.from({ length: count }, (_, row) => ({ prompt: `Question ${100 + row}?` }));
  space.write("prompts.jsonl", [...lines, { prompt: "" }]);
}

const environmentOf = (url: string) => ({
  OPENAI_API_KEY: "test-key",
  OPENAI_BASE_URL: `${url}/v1`,
});

describe.skipIf(!hasRedis)("a queue (skipped without redis-server)", () => {
  it("has one budget for all workers, and leaves the bytes of one process", async () => {
    const space = openWorkspace();
    prompts(space, 12);
    const { url: queue } = await redisFor(space);
    const server = createBillingServer({ price, delayMs: 5 });
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const environment = environmentOf(url);
      // Only workers that make calls need a key, and one has none.
      const { OPENAI_API_KEY: _, ...keyless } = environment;
      const said: string[] = [];
      const progress = { ...silent, say: (text: string) => void said.push(text) };
      const run = (out: string, changes: Partial<CommandOptions>) => {
        const asked = { models, environment: keyless, progress, ...changes };
        return generate(loop, space.options("prompts.jsonl", out, asked));
      };
      const ended = new AbortController();
      const workers = [environment, keyless, environment].map((own) =>
        serveQueue({
          url: queue,
          allowCode: false,
          environment: own,
          progress: silent,
          signal: ended.signal,
        }),
      );
      const stopped = await run("out", { queue, budgetUsd: 0.4 });
      expect(
        said.filter((text) => /^The worker on .* takes no rows: .*needs a key/.test(text)),
      ).toHaveLength(1);
      expect(stopped.exitCode).toBe(4);
      expect(stopped.stoppedBy).toMatch(/the budget is reached/);
      expect(stopped.summary.pending).toBeGreaterThan(0);
      // Rows that were under way when the budget was reached may still be at a worker.
      while (requests.length > 0 && (await open(queue)) > 0) await sleep(20);
      expect(server.billUsd()).toBeLessThanOrEqual(0.4);
      expect(server.billUsd()).toBeGreaterThan(0.2);
      const end = await run("out", { queue, budgetUsd: 10 });
      ended.abort();
      await Promise.all(workers);
      expect(end).toMatchObject({ exitCode: 3, summary: { rows: 13, done: 12, failed: 1 } });
      expect(end.spent.usd).toBeCloseTo(server.billUsd(), 6);
      expect(end.spent.leftUsd).toBeCloseTo(10 - server.billUsd(), 6);
      const bought = requests.length;
      await run("whole", { budgetUsd: 10, environment });
      expect(requests.length - bought).toBe(bought);
      expect(space.outputs("out")).toEqual(space.outputs("whole"));
      expect(await keysOf(queue)).toEqual([]);
    });
  });

  it("takes rows of compare, audit and evolve, and golden pairs of a watched judge", async () => {
    const space = openWorkspace();
    const judge = topology("judge");
    const { url } = await redisFor(space);
    const said: string[] = [];
    const progress = { ...silent, say: (text: string) => void said.push(text) };
    const ended = new AbortController();
    const work = { allowCode: false, environment: {}, progress, signal: ended.signal };
    const worker = serveQueue({ url, ...work });
    const sides = { a: "Yes.", b: "No, it is not so." };
    const rows = Array.from({ length: 24 }, (_, row) => ({ prompt: `Question ${row}?`, ...sides }));
    space.write("pairs.jsonl", rows);
    const labelled = rows.map((row) => ({ ...row, label: "a" }));
    space.write("labelled.jsonl", labelled);
    for (const side of ["a", "b"] as const) {
      const texts = rows.map(({ prompt, [side]: text }) => ({ prompt, text }));
      space.write(`${side}.jsonl`, texts);
    }
    const tasks = rows.slice(0, 4).map(({ prompt, a }) => ({ instruction: prompt, output: a }));
    space.write("tasks.jsonl", tasks);
    for (const [out, queue] of [
      ["live", undefined],
      ["queued", url],
    ] as const) {
      const options = (input: string, name: string) =>
        space.options(input, `${out}/${name}`, { models: ["sim:oak"], queue });
      const runs = [space.at("a.jsonl"), space.at("b.jsonl")];
      await compare(judge, { ...options("", "compare"), runs });
      await audit(judge, options("labelled.jsonl", "audit"));
      await evolve(topology("coevol"), options("tasks.jsonl", "evolve"));
      await runWithSentinel({ run: evaluate, forecast: forecastEvaluate }, judge, {
        ...options("pairs.jsonl", "evaluate"),
        sentinel: { golden: space.at("pairs.jsonl"), onDrift: "stop" },
      });
    }
    ended.abort();
    await worker;
    for (const name of ["compare", "audit", "evolve"]) {
      expect(space.outputs("queued", name)).toEqual(space.outputs("live", name));
    }
    for (const name of ["rows.jsonl", "sentinel/first/rows.jsonl"]) {
      expect(space.text("queued/evaluate", name)).toBe(space.text("live/evaluate", name));
    }
    for (const name of ["first", "again", "middle", "end"]) {
      expect(said).toContain(
        `Takes rows of ${space.at("queued/evaluate/sentinel", name)} (evaluate).`,
      );
    }
    expect(await keysOf(url)).toEqual([]);
  });

  it("asks identical calls at temperature 0 once, whichever worker asks", async () => {
    const space = openWorkspace();
    const { url: queue } = await redisFor(space);
    const sides = { a: "Yes.", b: "No, it is not so." };
    const rows = Array.from({ length: 12 }, (_, row) => ({ prompt: `${row % 3}?`, ...sides }));
    space.write("pairs.jsonl", rows);
    const server = createBillingServer({ price, delayMs: 50 });
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const environment = environmentOf(url);
      const ended = new AbortController();
      const work = { allowCode: false, environment, progress: silent, signal: ended.signal };
      const workers = [1, 2].map(() => serveQueue({ url: queue, ...work }));
      const run = (out: string, changes: Partial<CommandOptions>) => {
        const asked = { models, environment, concurrency: 3, ...changes };
        return evaluate(topology("judge"), space.options("pairs.jsonl", out, asked));
      };
      const end = await run("out", { queue });
      expect(requests).toHaveLength(3);
      expect(end.spent.usd).toBeCloseTo(server.billUsd(), 8);
      expect(end.summary.cost.usd).toBeCloseTo(server.billUsd(), 8);
      ended.abort();
      await Promise.all(workers);
      await run("live", {});
      expect(space.outputs("out")).toEqual(space.outputs("live"));
    });
  });

  it("loses and repeats no answer when a worker, Redis and the run are killed", async () => {
    const space = openWorkspace();
    prompts(space, 16);
    const redis = await redisFor(space);
    const server = createBillingServer({ price, delayMs: 25 });
    await withLoopbackServer(server.script, async ({ url, requests }) => {
      const environment = { ...environmentOf(url), FELLOWSHIP_QUEUE_LOCK_MS: "1600" };
      const start = (name: string, ...argv: string[]) =>
        startCommand(name, [...argv, "--queue", redis.url], {
          directory: space.at(),
          environment,
        });
      const workers = [start("worker"), start("worker")];
      const manner = ["--model", ...models, "--concurrency", "3"];
      const run = start("generate", loop, "--input", "prompts.jsonl", "--out", "out", ...manner);
      const until = async (count: number) => {
        while (requests.length < count) {
          if (run.process.exitCode !== null) throw new Error(run.printed.stderr);
          await sleep(5);
        }
      };
      await until(15);
      workers[0]?.process.kill("SIGKILL");
      await until(35);
      await redis.kill();
      await sleep(100);
      await redis.restart();
      await until(60);
      run.process.kill("SIGKILL");
      await run.ended;
      const options = { models, environment, queue: redis.url, concurrency: 3 };
      const end = await generate(loop, space.options("prompts.jsonl", "out", options));
      expect(end.summary).toMatchObject({ rows: 17, done: 16, failed: 1 });
      workers[1]?.process.kill("SIGTERM");
      expect(await workers[1]?.ended).toEqual({ code: 143, signal: null });
      const answers = journalAddresses(space.at("out", "journal.calls"), "answer");
      expect(new Set(answers).size).toBe(answers.length);
      // Only what the killed worker had on the wire was asked twice.
      expect(requests.length - answers.length).toBeLessThanOrEqual(3);
      await generate(
        loop,
        space.options("prompts.jsonl", "whole", { models, environment, concurrency: 3 }),
      );
      expect(space.outputs("out")).toEqual(space.outputs("whole"));
    });
  });
});

async function keysOf(url: string): Promise<string[]> {
  const redis = new Redis(url);
  const keys = await redis.keys("fellowship:*");
  redis.disconnect();
  return keys;
}

/** What is set aside on a queue, in billionths of a dollar. */
async function open(url: string): Promise<number> {
  const redis = new Redis(url);
  const [key = ""] = await redis.keys("fellowship:run:*:budget");
  const reserved = Number(await redis.hget(key, "reserved"));
  redis.disconnect();
  return reserved;
}
