import { StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import { callKey, CallRecord } from "../calls/call-record.ts";
import { EvolvedAnswer, Rewrite } from "./evolved-answer.ts";
import { Failure } from "../calls/failure.ts";
import { keyedList } from "../keyed-list.ts";
import { Message } from "../message.ts";
import { References } from "../references.ts";
import { RowAddress } from "../calls/row-address.ts";

const row = RowAddress.default({ number: 0, id: "" });
/** With its answers; those that were improved are put in their places. */
const conversation = z.array(Message);

const result = {
  conversation,
  answers: keyedList(EvolvedAnswer, ({ turn }) => [turn]),
  transcript: keyedList(CallRecord, callKey),
};

/**
 * The state of a conversation whose answers are improved one after another. `part`, `prompt` and
 * `response` are the input of the graph of one answer, `rewrites` and `ended` its output.
 */
export const ConversationState = new StateSchema({
  row,
  references: References,
  ...result,
  part: z.string().default(""),
  prompt: z.array(Message).default(() => []),
  response: z.string().default(""),
  rewrites: z.array(Rewrite).default(() => []),
  ended: Failure.nullable().default(null),
  /**
   * Held by the messages up to the last improved answer; counted only where the topology has a use
   * for it.
   */
  tokens: z.number().int().nonnegative().default(0),
});

export const ConversationInput = new StateSchema({ row, conversation, references: References });
export const ConversationOutput = new StateSchema(result);
