import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBillingServer } from "../tests/loopback/billing-server.ts";
import { withLoopbackServer } from "../tests/loopback/loopback-server.ts";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import { openRowWorker, type RowWorker } from "./row-worker.ts";

const preset = (name: string) => join(import.meta.dirname, "..", "topologies", `${name}.yaml`);
const example = (...names: string[]) => join(import.meta.dirname, "..", "examples", ...names);
const environment = {};

/** A worker of one kind; anything else is a mistake of the test. */
async function open<Kind extends RowWorker["kind"]>(
  kind: Kind,
  ...opening: Parameters<typeof openRowWorker>
) {
  const worker = await openRowWorker(...opening);
  expect(worker.kind).toBe(kind);
  return worker as Extract<RowWorker, { kind: Kind }>;
}

async function firstOf<Row>(rows: AsyncIterable<Row>): Promise<Row> {
  for await (const row of rows) return row;
  throw new Error("no rows");
}

describe("a row worker", () => {
  it("takes the pairs of an evaluator", async () => {
    const worker = await open("evaluator", preset("judge"), { environment, models: ["sim:oak"] });
    const row = await firstOf(worker.rows(example("evals", "pairs.jsonl")));
    const { verdict, label } = await worker.work(row);
    expect(["a", "b", "tie"]).toContain(verdict?.winner);
    expect(label).toBe(row.label);
  });

  it("takes the prompts of a generator", async () => {
    const worker = await open("generator", preset("feedback-loop"), {
      environment,
      models: ["sim:oak"],
    });
    const { responses } = await worker.work(
      await firstOf(worker.rows(example("demo", "prompts.jsonl"))),
    );
    expect(responses.length).toBeGreaterThan(1);
  });

  it("takes the instruction data of CoEvol", async () => {
    const worker = await open("evolution", preset("coevol"), { environment, models: ["sim:oak"] });
    const { answers } = await worker.work(
      await firstOf(worker.rows(example("evolve", "samples.json"))),
    );
    expect(answers).toHaveLength(1);
  });

  it("gives the same for the same row, whatever else is asked meanwhile", async () => {
    const worker = await open("evaluator", preset("judge"), { environment, models: ["sim:oak"] });
    const row = await firstOf(worker.rows(example("evals", "pairs.jsonl")));
    const [first, second] = await Promise.all([worker.work(row), worker.work(row)]);
    expect(second.verdict).toEqual(first.verdict);
  });

  it("refuses a row that can't be used, with its place", async () => {
    const input = join(temporaryDirectory({ "rows.jsonl": '{"prompt": "Why?"}\n' }), "rows.jsonl");
    const worker = await open("evaluator", preset("judge"), { environment, models: ["sim:oak"] });
    await expect(firstOf(worker.rows(input))).rejects.toThrow(`${input}: line 1: a: expected`);
  });

  it("throws why a row came to nothing", async () => {
    const models = ["sim:oak?fail=1"];
    const worker = await open("generator", preset("single"), { environment, models });
    const row = await firstOf(worker.rows(example("demo", "prompts.jsonl")));
    await expect(worker.work(row)).rejects.toThrow("cut");
  });

  it("spends no more than its budget, and wants a price for it", async () => {
    const price = { in: 2.5, out: 10 };
    const billing = createBillingServer({ price });
    await withLoopbackServer(billing.script, async ({ url }) => {
      const paid = { OPENAI_API_KEY: "test-key", OPENAI_BASE_URL: `${url}/v1` };
      const options = { environment: paid, models: ["openai:gpt-4o"], budgetUsd: 0.05 };
      const worker = await open("generator", preset("single"), options);
      const row = await firstOf(worker.rows(example("demo", "prompts.jsonl")));
      await worker.work(row);
      await expect(worker.work({ ...row, number: 2 })).rejects.toThrow("budget");
      expect(billing.billUsd()).toBeLessThanOrEqual(0.05);
      const unpriced = { ...options, models: ["openai:nobody"] };
      await expect(openRowWorker(preset("single"), unpriced)).rejects.toThrow("has no price");
    });
  });
});
