import { StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import { callKey, CallRecord } from "../calls/call-record.ts";
import { Comparison } from "../evaluation/comparison.ts";
import { EvolutionState } from "./evolution-state.ts";
import { Failure, firstFailure } from "../calls/failure.ts";
import { keyedList } from "../keyed-list.ts";
import { Message } from "../message.ts";
import { Response, Review } from "../response.ts";
import { RowAddress } from "../calls/row-address.ts";

/** What a reviewer in a loop sees of it; as plain lists, to which nothing is added here. */
const input = {
  row: RowAddress.default({ number: 0, id: "" }),
  place: z.string().default(""),
  prompt: z.array(Message),
  responses: z.array(Response),
  comparisons: z.array(Comparison),
};

const result = {
  /** Why the row fails: a custom node among the debaters did. */
  failure: firstFailure(Failure.optional()),
  reviews: keyedList(Review, ({ round, reviewer }) => [round, reviewer]),
  transcript: keyedList(CallRecord, callKey),
};

/**
 * The state of a debate that reviews a response of a feedback loop: the loop's progress goes in, a
 * review comes out. Between them it is the state in which CoEvol's debaters and advisor speak.
 */
export const DebateReviewState = new StateSchema({ ...EvolutionState.fields, ...input, ...result });

export const DebateReviewInput = new StateSchema(input);
/** Only its own items of the loop's lists, which the loop adds to the others. */
export const DebateReviewOutput = new StateSchema(result);
