import { ReducedValue } from "@langchain/langgraph";
import * as z from "zod";
import { isNodeFailure } from "./outcome.ts";

/** Why a row, or a part of it, did not finish: a fixed word and a sentence. */
export const Failure = z.object({ reason: z.string(), detail: z.string() });
export type Failure = z.infer<typeof Failure>;

/**
 * The first failure of a custom node: it fails its row, wherever in the graph the node is.
 */
export function nodeFailureIn(failures: readonly (Failure | undefined)[]): Failure | undefined {
  return failures.find((one) => one !== undefined && isNodeFailure(one.reason));
}

/**
 * A failure in the state that several nodes of one step may report: the first is kept, and nothing
 * clears it.
 */
export function firstFailure<Value extends Failure | null | undefined>(schema: z.ZodType<Value>) {
  return new ReducedValue(schema, { reducer: (kept, reported) => kept ?? reported });
}
