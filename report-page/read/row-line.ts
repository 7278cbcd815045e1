import * as z from "zod";
import { CallRecord } from "../../state/calls/call-record.ts";
import { Failure } from "../../state/calls/failure.ts";
import { Scores, StepSummary, Vote, Winner } from "../../state/verdict.ts";

/** A response's place in a row: its round, and its branch in a branching loop. */
const Place = z.object({ round: z.number(), reviewer: z.string().optional() });

const verdictFields = {
  winner: Winner,
  scores: Scores.nullable(),
  votes: z.array(Vote),
  flipped: z.boolean().optional(),
  failure: Failure.optional(),
  steps: z.array(StepSummary).optional(),
};

const VerdictLine = z.object({
  ...verdictFields,
  round: z.number(),
  turn: z.number().optional(),
  part: z.string().optional(),
  a: Place.optional(),
  b: Place.optional(),
  won: Place.nullish(),
  /** Rows of `evolve`: the round that is shown as A where it isn't the one before. */
  against: z.number().optional(),
});
export type VerdictLine = z.infer<typeof VerdictLine>;

const ResponseLine = z.object({
  round: z.number(),
  turn: z.number().optional(),
  text: z.string(),
  scores: z.record(z.string(), z.number()).optional(),
  reviewer: z.string().optional(),
  given: z.boolean().optional(),
  agent: z.string().optional(),
  step: z.number().optional(),
  rating: z.number().optional(),
  suggestions: z.array(z.string()).optional(),
  accepted: z.boolean().optional(),
});
export type ResponseLine = z.infer<typeof ResponseLine>;

const ReviewLine = z.object({
  reviewer: z.string(),
  round: z.number(),
  text: z.string(),
  score: z.number().nullable(),
});
export type ReviewLine = z.infer<typeof ReviewLine>;

const anyRow = {
  id: z.string(),
  row: z.number(),
  input: z.unknown(),
  transcript: z.array(CallRecord),
};

/** A line of `rows.jsonl` of an evaluation (docs/formats.md). */
export const EvaluatedLine = z.object({
  ...anyRow,
  ...verdictFields,
  label: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  /** Of a row that people decide. */
  person: z
    .object({ waits: z.boolean().optional(), labels: z.record(z.string(), z.string()).optional() })
    .optional(),
});
export type EvaluatedLine = z.infer<typeof EvaluatedLine>;

/** A line of `rows.jsonl` of a generation or an evolution (docs/formats.md). */
export const GeneratedLine = z.object({
  ...anyRow,
  responses: z.array(ResponseLine),
  verdicts: z.array(VerdictLine),
  reviews: z.array(ReviewLine).default([]),
  /** The best response's round; rows of `evolve` have none. */
  best: z.number().optional(),
  bestReviewer: z.string().optional(),
  /** Accepted rewrites of a row of `evolve`. */
  rounds: z.number().optional(),
  endedEarly: Failure.optional(),
});
export type GeneratedLine = z.infer<typeof GeneratedLine>;

const FailedLine = z.object({
  id: z.string(),
  row: z.number(),
  reason: z.string(),
  detail: z.string(),
});
export type FailedLine = z.infer<typeof FailedLine>;

/** A pair of `dpo.jsonl`, as far as a report needs it. */
const PairLine = z.object({
  chosen: z.array(z.object({ content: z.string() })),
  rejected: z.array(z.object({ content: z.string() })),
  score_margin: z.number().optional(),
  source: z.looseObject({ row: z.number() }),
});
export type PairLine = z.infer<typeof PairLine>;

export const parseEvaluated = (value: unknown) => EvaluatedLine.safeParse(value).data;
export const parseGenerated = (value: unknown) => GeneratedLine.safeParse(value).data;
export const parseFailed = (value: unknown) => FailedLine.safeParse(value).data;
export const parsePair = (value: unknown) => PairLine.safeParse(value).data;
