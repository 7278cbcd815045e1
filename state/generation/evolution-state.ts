import { StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import { Asked } from "../calls/call-counts.ts";
import { callKey, CallRecord } from "../calls/call-record.ts";
import { CandidatePair } from "../candidate.ts";
import { Rewrite } from "./evolved-answer.ts";
import { Failure, firstFailure } from "../calls/failure.ts";
import { keyedList } from "../keyed-list.ts";
import { Message } from "../message.ts";
import { References } from "../references.ts";
import { RowAddress } from "../calls/row-address.ts";
import { Verdict } from "../verdict.ts";

/** Which side a debater takes in its position; in its cross-review it is bound to none. */
export const Side = z.enum(["positive", "critical"]);
export type Side = z.infer<typeof Side>;

/** What a debater said about a response. */
export const Argument = z.object({
  /** From 1. */
  iteration: z.number().int().positive(),
  side: Side,
  stage: z.enum(["position", "cross-review"]),
  text: z.string(),
});
export type Argument = z.infer<typeof Argument>;

const input = {
  row: RowAddress.default({ number: 0, id: "" }),
  /** Begins the part of every call (contract section 6): `turn-2` and so on in a conversation. */
  part: z.string().default(""),
  /** The conversation before the answer. */
  prompt: z.array(Message),
  references: References,
  /** The answer as it was given. */
  response: z.string(),
};

const result = {
  rewrites: keyedList(Rewrite, ({ iteration }) => [iteration]),
  /** Why the answer ended before its time; null where it did not. */
  ended: firstFailure(Failure.nullable().default(null)),
  transcript: keyedList(CallRecord, callKey),
};

/**
 * The state of one answer that is improved in place: a prompt and its response go in, rewrites come
 * out. `asked`, `pair` and `verdict` are what the evaluator inside reads and writes.
 */
export const EvolutionState = new StateSchema({
  ...input,
  ...result,
  arguments: keyedList(Argument, ({ iteration, side, stage }) => [iteration, side, stage]),
  /** The advisor's of this iteration. */
  suggestions: z.array(z.string()).default(() => []),
  /** The editor's rewrite of this iteration, not judged yet. */
  rewrite: z.string().optional(),
  asked: Asked.default(() => ({})),
  pair: CandidatePair.optional(),
  verdict: Verdict.optional(),
});

/**
 * No transcript goes in, so that what comes out is this answer's own and a parent graph adds it
 * once.
 */
export const EvolutionInput = new StateSchema(input);
export const EvolutionOutput = new StateSchema(result);

export const evolutionSchemas = {
  state: EvolutionState,
  input: EvolutionInput,
  output: EvolutionOutput,
};
export type EvolutionSchemas = typeof evolutionSchemas;

/** A step of improving one answer: a function of its state to an update, or a graph over it. */
export type EvolutionNode = typeof EvolutionState.Node;
