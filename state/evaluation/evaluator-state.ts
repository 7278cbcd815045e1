import { StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import { Asked } from "../calls/call-counts.ts";
import { callKey, CallRecord } from "../calls/call-record.ts";
import { CandidatePair } from "../candidate.ts";
import { keyedList } from "../keyed-list.ts";
import { Message } from "../message.ts";
import { Outcome } from "../calls/outcome.ts";
import { References } from "../references.ts";
import { RowAddress } from "../calls/row-address.ts";
import { StepVerdict } from "./step-verdict.ts";
import { Scores, Verdict, Winner } from "../verdict.ts";

/**
 * What one call of an evaluator's agent said, told of the pair as it is (a swap is undone). `view`
 * tells what the agent was shown: the pair (`plain`), the pair the other way round (`swapped`), or
 * one response alone (`a`, `b`).
 */
export const Reading = z.object({
  agent: z.string(),
  model: z.string(),
  view: z.enum(["plain", "swapped", "a", "b"]),
  outcome: Outcome,
  detail: z.string().optional(),
  /** Null where no verdict could be read. */
  winner: Winner.nullable(),
  scores: Scores.nullable(),
  /** The score of the one response shown, in the views `a` and `b`. */
  score: z.number().nullable(),
  /**
   * Set where the verdict could be read but for a text that was shown: what it says, and the
   * responses whose text alone makes it unreadable.
   */
  lost: z
    .object({
      by: z.array(z.enum(["a", "b"])),
      winner: Winner.nullable(),
      scores: Scores.nullable(),
      score: z.number().nullable(),
    })
    .optional(),
});
export type Reading = z.infer<typeof Reading>;

/** What a debater said in a round of talk, from 0; without a word where it was silent. */
export const Statement = z.object({
  debater: z.string(),
  round: z.number().int().nonnegative(),
  text: z.string(),
});
export type Statement = z.infer<typeof Statement>;

const input = {
  row: RowAddress.default({ number: 0, id: "" }),
  /**
   * Begins the part of every call (contract section 6), for an evaluator that a graph asks more
   * than once.
   */
  part: z.string().default(""),
  /**
   * How often its agents were asked before, for an evaluator that a graph asks more than once in
   * one part.
   */
  asked: Asked.default(() => ({})),
  prompt: z.array(Message),
  pair: CandidatePair,
  references: References,
};

// One object in the state and in the output: LangGraph takes two that are alike for two channels of
// one name.
const result = {
  verdict: Verdict.optional(),
  transcript: keyedList(CallRecord, callKey),
};

/** The state every evaluator shares: judge, jury and debate take a pair and leave a verdict. */
export const EvaluatorState = new StateSchema({
  ...input,
  statements: keyedList(Statement, ({ debater, round }) => [debater, round]),
  readings: keyedList(Reading, ({ agent, view }) => [agent, view]),
  /** Of a cascade: the verdicts of the steps asked so far. */
  stepVerdicts: keyedList(StepVerdict, ({ step }) => [step]),
  ...result,
});

/**
 * No transcript goes in, so that what comes out is this evaluation's own and a parent graph adds it
 * once.
 */
export const EvaluatorInput = new StateSchema(input);

export const EvaluatorOutput = new StateSchema(result);

export const evaluatorSchemas = {
  state: EvaluatorState,
  input: EvaluatorInput,
  output: EvaluatorOutput,
};
export type EvaluatorSchemas = typeof evaluatorSchemas;

/** A step of an evaluator: a function of its state to an update, or a graph over it. */
export type EvaluatorNode = typeof EvaluatorState.Node;
