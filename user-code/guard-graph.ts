import type { RunnableConfig } from "@langchain/core/runnables";
import * as z from "zod";
import type { EvaluatorGraph, GeneratorGraph } from "../graphs/parts/runnable-graph.ts";
import type { CustomNodeFailure } from "../nodes/role.ts";
import { callKey, type CallRecord } from "../state/calls/call-record.ts";
import { Comparison } from "../state/evaluation/comparison.ts";
import { Failure } from "../state/calls/failure.ts";
import { Response, Review } from "../state/response.ts";
import type { RowAddress } from "../state/calls/row-address.ts";
import { Verdict } from "../state/verdict.ts";
import { checkReturned } from "./check-returned.ts";
import { defaultPatienceMs, runUserCode } from "./run-user-code.ts";

/**
 * A generator graph in code as far as a run may rely on it: where it throws or its output is no
 * row, its row fails; all its calls come into the transcript.
 *
 * @param name The module that makes it.
 */
export function guardGenerator(graph: GeneratorGraph, name: string): GeneratorGraph {
  return {
    getGraphAsync: (options) => graph.getGraphAsync(options),
    async invoke(input, config) {
      const { output, failure, transcript } = await guarded(graph, { input, config, name }, row);
      if (failure === null) return { ...output, transcript };
      const nothing = { responses: [], reviews: [], comparisons: [], best: 0 };
      return { ...nothing, failure, endedEarly: undefined, transcript };
    },
  };
}

/** An evaluator graph in code, in the same way. */
export function guardEvaluator(graph: EvaluatorGraph, name: string): EvaluatorGraph {
  return {
    getGraphAsync: (options) => graph.getGraphAsync(options),
    async invoke(input, config) {
      const call = { input, config, name };
      const { output, failure, transcript } = await guarded(graph, call, evaluation);
      if (failure === null) return { ...output, transcript };
      return { verdict: { winner: "none", scores: null, votes: [], failure }, transcript };
    },
  };
}

const row = z
  .object({
    responses: z.array(Response).default([]),
    reviews: z.array(Review).default([]),
    comparisons: z.array(Comparison).default([]),
    best: z.int().nonnegative().default(0),
    failure: Failure.optional(),
    endedEarly: Failure.optional(),
  })
  .superRefine(({ responses: { length }, comparisons, best, failure }, context) => {
    const complain = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    if (length === 0 && failure === undefined)
      complain(["responses"], "expected one at least, or a failure");
    if (length > 0 && best >= length)
      complain(["best"], `expected the index of one of ${length} responses`);
    for (const [index, { incumbent, challenger, won }] of comparisons.entries()) {
      if (Math.max(incumbent, challenger, won ?? 0) >= length) {
        complain(["comparisons", index], `expected indices of ${length} responses`);
      }
    }
  })
  .transform(({ failure, endedEarly, ...output }) => ({ ...output, failure, endedEarly }));

const evaluation = z.object({ verdict: Verdict });

type Invocable<Input> = {
  invoke(input: Input, config?: RunnableConfig): Promise<unknown>;
};
type Guarded<Output> = { readonly transcript: CallRecord[] } & (
  | { readonly output: Output; readonly failure: null }
  | { readonly output: null; readonly failure: CustomNodeFailure }
);

async function guarded<Input extends { readonly row: RowAddress }, Output extends object>(
  graph: Invocable<Input>,
  { input, config, name }: { input: Input; config: RunnableConfig | undefined; name: string },
  shape: z.ZodType<Output>,
): Promise<Guarded<Output>> {
  const scope = { name, row: input.row, part: "", wasAsked: () => false };
  const ended = await runUserCode(() => graph.invoke(input, config), scope, defaultPatienceMs);
  // Nodes side by side ask in no fixed order: calls that were not returned are put in one.
  const records = ended.records.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const checked = ended.failure === null ? checkReturned(ended.value, { shape }, records) : ended;
  if (checked.failure !== null) {
    const { reason, detail } = checked.failure;
    const failure = { reason, detail: `${name}: ${detail}` };
    return { output: null, failure, transcript: records };
  }
  const { value: output, transcript } = checked.value;
  return { output, failure: null, transcript };
}

function keyOf(record: CallRecord): string {
  return JSON.stringify(callKey(record));
}
