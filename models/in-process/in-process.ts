import type { BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { AIMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import type { Call } from "../call.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";

/** Call options of a chat model that runs in this process: it is told which call it answers. */
export type InProcessCallOptions = BaseChatModelCallOptions & { readonly call?: Call };

/** The call an in-process model was asked. */
export function callIn(options: { readonly call?: Call }): Call {
  if (options.call === undefined) throw new Error("this model answers only calls of the gate");
  return options.call;
}

/**
 * Wraps an answer of a model that runs in this process; `answerIn` takes it out again as it was.
 */
export function inProcessResult(answer: RawAnswer): ChatResult {
  const text = answer.kind === "in-process" ? answer.content : "";
  const message = new AIMessage({ content: text, response_metadata: { answer } });
  return { generations: [{ text, message }] };
}

/** The answer inside the message of an in-process model. */
export function answerIn(message: { response_metadata: Record<string, unknown> }): RawAnswer {
  return message.response_metadata["answer"] as RawAnswer;
}
