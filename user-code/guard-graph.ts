import type { RunnableConfig } from "@langchain/core/runnables";
import * as z from "zod";
import type { EvaluatorGraph, GeneratorGraph } from "../graphs/parts/runnable-graph.ts";
import { completeTranscript, defaultPatienceMs, runUserCode } from "./run-user-code.ts";
import { badNode, shownError, type UserCodeFailure } from "./user-code-failure.ts";
import { describeIssue } from "./describe-issue.ts";
import { openCallRecorder } from "./call-recorder.ts";
import { callKey, type CallRecord } from "../state/call-record.ts";
import { Comparison } from "../state/comparison.ts";
import { Failure } from "../state/failure.ts";
import { Response, Review } from "../state/response.ts";
import type { RowAddress } from "../state/row-address.ts";
import { Verdict } from "../state/verdict.ts";

/**
 * A generator graph of the user's own, as far as a run may rely on it: what it throws or leaves that is no row fails its row, and all its
 * calls stand in the transcript.
 *
 * @param name The module that makes it.
 */
export function guardGenerator(graph: GeneratorGraph, name: string): GeneratorGraph {
  return {
    getGraphAsync: (options) => graph.getGraphAsync(options),
    async invoke(input, config) {
      const { left, failure, transcript } = await guarded(
        graph,
        { input, config, name },
        generated,
      );
      if (failure === null) {
        const { failure: ownFailure, endedEarly } = left;
        return { ...left, failure: ownFailure, endedEarly, transcript };
      }
      const nothing = { responses: [], reviews: [], comparisons: [], best: 0 };
      return { ...nothing, failure, endedEarly: undefined, transcript };
    },
  };
}

/** An evaluator graph of the user's own, in the same way. */
export function guardEvaluator(graph: EvaluatorGraph, name: string): EvaluatorGraph {
  return {
    getGraphAsync: (options) => graph.getGraphAsync(options),
    async invoke(input, config) {
      const { left, failure, transcript } = await guarded(
        graph,
        { input, config, name },
        evaluated,
      );
      if (failure === null) return { ...left, transcript };
      return { verdict: { winner: "none", scores: null, votes: [], failure }, transcript };
    },
  };
}

const generated = z
  .object({
    responses: z.array(Response).default([]),
    reviews: z.array(Review).default([]),
    comparisons: z.array(Comparison).default([]),
    best: z.int().nonnegative().default(0),
    failure: Failure.optional(),
    endedEarly: Failure.optional(),
  })
  .superRefine(({ responses, comparisons, best, failure }, context) => {
    const complain = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const places = responses.length;
    if (places === 0 && failure === undefined)
      complain(["responses"], "expected one at least, or a failure");
    if (places > 0 && best >= places)
      complain(["best"], `expected the place of one of ${places} responses`);
    for (const [index, { incumbent, challenger, won }] of comparisons.entries()) {
      if (Math.max(incumbent, challenger, won ?? 0) >= places) {
        complain(["comparisons", index], `expected places of ${places} responses`);
      }
    }
  });

const evaluated = z.object({ verdict: Verdict });

type Invocable<Input> = {
  invoke(input: Input, config?: RunnableConfig): Promise<unknown>;
};
type Guarded<Left> = { readonly transcript: CallRecord[] } & (
  | { readonly left: Left; readonly failure: null }
  | { readonly left: null; readonly failure: UserCodeFailure }
);

async function guarded<Input extends { readonly row: RowAddress }, Left>(
  graph: Invocable<Input>,
  { input, config, name }: { input: Input; config: RunnableConfig | undefined; name: string },
  schema: z.ZodType<Left>,
): Promise<Guarded<Left>> {
  const witness = openCallRecorder({ name, row: input.row, part: "", wasAsked: () => false });
  const ended = await runUserCode(() => graph.invoke(input, config), witness, defaultPatienceMs);
  // Nodes side by side ask in no fixed order: what was not returned is told in one that is.
  const records = witness.records().toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const failed = ({ reason, detail }: UserCodeFailure): Guarded<Left> => ({
    left: null,
    failure: { reason, detail: `${name}: ${detail}` },
    transcript: records,
  });
  if (ended.failure !== null) return failed(ended.failure);
  const checked = checkedOutput(ended.value ?? {}, schema, records);
  return "failure" in checked ? failed(checked.failure) : { ...checked, failure: null };
}

function checkedOutput<Left>(
  left: { readonly transcript?: unknown },
  schema: z.ZodType<Left>,
  records: readonly CallRecord[],
):
  | { readonly failure: UserCodeFailure }
  | { readonly left: Left; readonly transcript: CallRecord[] } {
  try {
    const read = schema.safeParse(left);
    if (!read.success) return badNode(describeIssue(read.error, left, []));
    const { transcript = [] } = left;
    const whole = Array.isArray(transcript) ? completeTranscript(transcript, records) : null;
    if (whole === null) return badNode("transcript: expected the records of its calls alone");
    return { left: read.data, transcript: whole };
  } catch (error) {
    return badNode(`left what can't be read: ${shownError(error)}`);
  }
}

function keyOf(record: CallRecord): string {
  return JSON.stringify(callKey(record));
}
