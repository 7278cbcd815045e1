import type { Compare } from "./evaluators/compare-texts.ts";
import { createRandom } from "../statistics/estimates/seeded-random.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { openRowWorker, type RowWorkerOptions } from "./row-worker.ts";

/**
 * An evaluator topology (judge, jury, debate) as a function that says which of two responses is
 * better: what `createGain` and `createPreference` ask.
 *
 * @throws FellowshipError `bad_usage` for a topology that is no evaluator, or can't run.
 * @example
 * const compare = await openComparison("topologies/jury.yaml", { environment: process.env, budgetUsd: 1 });
 * const { winner } = await compare({ prompt: [{ role: "user", content: "…" }], a: "…", b: "…" });
 */
export async function openComparison(path: string, options: RowWorkerOptions): Promise<Compare> {
  const worker = await openRowWorker(path, options);
  if (worker.kind !== "evaluator") {
    throw new FellowshipError(
      "bad_usage",
      `${path}: expected judge, jury or debate, to compare responses with; got a ${worker.kind}.`,
      { facts: { path } },
    );
  }
  return async function compare({ prompt, a, b }) {
    // What a simulated judge draws comes from the row's number, so that must not depend on who asks
    // first.
    const number = Math.floor(createRandom(JSON.stringify([prompt, a, b]))() * 2 ** 32);
    const row = { number, id: String(number), messages: [...prompt], extra: {}, input: null };
    const { verdict } = await worker.work({ ...row, a: { text: a }, b: { text: b } });
    return verdict ?? { winner: "none" };
  };
}
