import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBillingServer } from "../../tests/loopback/billing-server.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openWorkspace, silent } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { generate } from "../generate/generate.ts";
import type { Progress, ProgressOutlook } from "../progress/progress.ts";

const single = join(import.meta.dirname, "..", "..", "topologies", "single.yaml");
const price = { in: 0.15, out: 0.6 };
const answerTokens = (hash: number) => 20 + (hash % 280);

/** Progress that keeps its messages, and the line that it would have shown at each end of a row. */
function watching() {
  const said: string[] = [];
  const told: ProgressOutlook[] = [];
  let outlook: (() => ProgressOutlook) | null = null;
  const progress: Progress = {
    ...silent,
    isShown: true,
    follow: (given) => {
      outlook = given;
    },
    rows: () => {
      if (outlook !== null) told.push(outlook());
    },
    say: (message, kind) => void said.push(`${kind}: ${message}`),
  };
  return { said, told, progress };
}

/** A workspace with so many prompts, and options that send them to a server as OpenAI's. */
function billedRun(rows: number, url: string) {
  const space = openWorkspace();
  space.write(
    "prompts.jsonl",
    Array.from({ length: rows }, (_, row) => ({ prompt: `Question ${1_000 + row}?` })),
  );
  const options = (changes: Partial<CommandOptions> = {}) =>
    space.options("prompts.jsonl", "out", {
      models: ["openai:gpt-4o-mini"],
      environment: { OPENAI_API_KEY: "test-key", OPENAI_BASE_URL: `${url}/v1` },
      concurrency: 16,
      ...changes,
    });
  return { space, options };
}

const figuresIn = (line: string, unit: RegExp) => {
  const [, low, high] = unit.exec(line) ?? [];
  return { low: Number(low), high: Number(high ?? low) };
};
const dollars = /(?:about|,|in all;) \$([\d.]+)(?: to \$([\d.]+))?, /;

describe("a run that is watched", () => {
  it("says once after 50 rows what it will come to, and comes to it", async () => {
    const server = createBillingServer({ price, answerTokens, delayMs: 5 });
    await withLoopbackServer(server.script, async ({ url }) => {
      const { space, options } = billedRun(160, url);
      const { said, told, progress } = watching();
      const end = await generate(single, options({ progress }));
      expect(said).toHaveLength(1);
      const [line = ""] = said;
      expect(line).toMatch(
        /^news: after \d+ rows: about 160 calls answered, .*in all, at the pace of the latest rows; the forecast before was 160 calls, .* \$0\.03/,
      );
      const { low, high } = figuresIn(line, dollars);
      // The interval of 95 %, and half as much again: the answers are always the same.
      const margin = (high - low) / 4;
      expect(end.spent.usd).toBeGreaterThan(low - margin);
      expect(end.spent.usd).toBeLessThan(high + margin);
      expect(high).toBeLessThan(1.5 * low);
      const last = told.at(-1);
      expect(last).toMatchObject({ rows: 160, inFlight: 0, calls: 160 });
      expect(last?.soFar).toMatchObject({ failures: {}, rateLimited: 0 });
      expect(last?.soFar?.slowest?.model).toBe("openai:gpt-4o-mini");
      expect(last?.usd).toBeCloseTo(end.spent.usd, 8);
      expect(Math.max(...told.map(({ inFlight }) => inFlight))).toBeGreaterThan(8);
      expect(Math.max(...told.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(16);
      // Watching a run doesn't change its results.
      await generate(single, options({ directory: space.at("unseen") }));
      expect(space.outputs("out")).toEqual(space.outputs("unseen"));
    });
  });

  it("says at which row its budget ends it, and counts what earlier sessions paid and did", async () => {
    const server = createBillingServer({ price, answerTokens });
    await withLoopbackServer(server.script, async ({ url }) => {
      const { options } = billedRun(300, url);
      const first = await generate(single, options({ limit: 100 }));
      const { said, told, progress } = watching();
      const budgetUsd = 2 * first.spent.usd;
      const end = await generate(single, options({ progress, budgetUsd, concurrency: 4 }));
      expect(end.exitCode).toBe(4);
      const [line = ""] = said;
      expect(line).toMatch(
        / in this session, at the pace of the latest rows; the forecast before was 200 calls, /,
      );
      const row = Number(/reached at about row (\d+)$/.exec(line)?.[1]);
      expect(Math.abs(row - end.summary.done)).toBeLessThan(0.2 * end.summary.done);
      expect(told.at(-1)?.rows).toBe(300);
      expect(told.at(-1)?.usd).toBeGreaterThan(budgetUsd);
    });
  });

  it("says nothing of a short run, and nothing without a listener", async () => {
    const server = createBillingServer({ price, answerTokens });
    await withLoopbackServer(server.script, async ({ url }) => {
      const short = watching();
      await generate(single, billedRun(99, url).options({ progress: short.progress }));
      expect(short.said).toEqual([]);
      const quiet = watching();
      const progress = { ...quiet.progress, isShown: false };
      await generate(single, billedRun(120, url).options({ progress }));
      expect(quiet).toMatchObject({ said: [], told: [] });
    });
  });

  it("counts answers that it takes from another run, and no dollars for them", async () => {
    const server = createBillingServer({ price, answerTokens });
    await withLoopbackServer(server.script, async ({ url }) => {
      const { space, options } = billedRun(120, url);
      await generate(single, options());
      const { said, told, progress } = watching();
      const reuse = [space.at("out")];
      await generate(single, options({ directory: space.at("again"), progress, reuse }));
      expect(said[0]).toMatch(
        /^news: after \d+ rows: about 120 calls answered, [^$]* in all, at the pace of the latest rows; /,
      );
      expect(told.at(-1)?.usd).toBeNull();
    });
  });

  it("leaves rows that can't be used, and a file that breaks off, to the run", async () => {
    const space = openWorkspace();
    const path = space.write(
      "prompts.jsonl",
      Array.from({ length: 150 }, () => ({ prompt: "Why?" })),
    );
    appendFileSync(path, '{"prompt": ');
    const { said, told, progress } = watching();
    const options = space.options("prompts.jsonl", "out", { models: ["sim:oak"], progress });
    const end = await generate(single, options);
    expect(end.summary).toMatchObject({ rows: 151, done: 150, failed: 1 });
    expect(said.filter((line) => line.startsWith("news: after"))).toHaveLength(1);
    expect(said.join("\n")).toContain("expected JSON");
    expect(told.at(-1)?.rows).toBe(151);
    expect(told.at(-1)?.soFar).toMatchObject({ failures: { bad_input: 1 }, slowest: null });
  });
});
