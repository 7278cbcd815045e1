import { StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import { callKey, CallRecord } from "../calls/call-record.ts";
import { CandidatePair } from "../candidate.ts";
import { Comparison, Contest } from "../evaluation/comparison.ts";
import { Failure, firstFailure } from "../calls/failure.ts";
import { keyedList } from "../keyed-list.ts";
import { Message } from "../message.ts";
import { References } from "../references.ts";
import { Response, Review } from "../response.ts";
import { RowAddress } from "../calls/row-address.ts";
import { Verdict } from "../verdict.ts";

const input = {
  row: RowAddress.default({ number: 0, id: "" }),
  prompt: z.array(Message),
  references: References,
  /** The most responses of a loop in this row, where it is fewer than the topology's. */
  roundLimit: z.int().min(1).optional(),
};

/**
 * Begins the part of every call (contract section 6), for a graph that stands in a chain or in a
 * conversation.
 */
const place = z.string().default("");

const result = {
  /** Every response in the order it was made; in a branching loop a round may hold several. */
  responses: keyedList(Response, ({ round, reviewer }) => [round, reviewer]),
  reviews: keyedList(Review, ({ round, reviewer }) => [round, reviewer]),
  comparisons: keyedList(Comparison, ({ part, round }) => [part, round]),
  /** Index into `responses` of the best so far, the incumbent. */
  best: z.number().int().nonnegative().default(0),
  /** Why the row has no result. */
  failure: firstFailure(Failure.optional()),
  /** Why the row has a result, but ended before its time. */
  endedEarly: firstFailure(Failure.optional()),
  transcript: keyedList(CallRecord, callKey),
};

/**
 * The state every generator topology shares: a prompt goes in, responses and the comparisons
 * between them come out. `part`, `pair` and `verdict` are what the evaluator inside reads and
 * writes.
 */
export const GeneratorState = new StateSchema({
  ...input,
  ...result,
  place,
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

/**
 * For a graph that improves a response: it goes in as the only one of `responses`, marked as
 * `given`. Its parent invokes such a graph, and numbers on what comes of it; as a node it would put
 * its own round 2 in the place of the parent's.
 */
export const improvementSchemas = {
  ...generatorSchemas,
  input: new StateSchema({ ...input, place, responses: result.responses }),
  // A graph may have more state; its input and output are the same.
} as unknown as GeneratorSchemas;

/** A step of a generator graph: a function of its state to an update, or a graph over it. */
export type GeneratorNode = typeof GeneratorState.Node;
