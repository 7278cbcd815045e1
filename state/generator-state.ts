import { StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import { callKey, CallRecord } from "./call-record.ts";
import { CandidatePair } from "./candidate.ts";
import { Comparison, Contest } from "./comparison.ts";
import { Failure } from "./failure.ts";
import { keyedList } from "./keyed-list.ts";
import { Message } from "./message.ts";
import { Response, Review } from "./response.ts";
import { RowAddress } from "./row-address.ts";
import { Verdict } from "./verdict.ts";

const input = {
  row: RowAddress.default({ number: 0, id: "" }),
  prompt: z.array(Message),
};

const result = {
  /** Every response in the order it was made; in a branching loop a round may hold several. */
  responses: keyedList(Response, ({ round, reviewer }) => [round, reviewer]),
  reviews: keyedList(Review, ({ round, reviewer }) => [round, reviewer]),
  comparisons: keyedList(Comparison, ({ part }) => [part]),
  /** Index into `responses` of the best so far, the incumbent. */
  best: z.number().int().nonnegative().default(0),
  /** Why the row has no result. */
  failure: Failure.optional(),
  /** Why the row has a result, but ended before its time. */
  endedEarly: Failure.optional(),
  transcript: keyedList(CallRecord, callKey),
};

/**
 * The state every generator topology shares: a prompt goes in, responses and the comparisons between them
 * come out. `part`, `pair` and `verdict` are what the evaluator inside reads and writes.
 */
export const GeneratorState = new StateSchema({
  ...input,
  ...result,
  contest: Contest.optional(),
  part: z.string().default(""),
  pair: CandidatePair.optional(),
  verdict: Verdict.optional(),
});

export const GeneratorInput = new StateSchema(input);
export const GeneratorOutput = new StateSchema(result);

export const generatorSchemas = {
  state: GeneratorState,
  input: GeneratorInput,
  output: GeneratorOutput,
};
export type GeneratorSchemas = typeof generatorSchemas;

/** A step of a generator graph: a function of its state to an update, or a graph over it. */
export type GeneratorNode = typeof GeneratorState.Node;
