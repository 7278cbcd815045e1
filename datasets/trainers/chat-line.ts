import * as z from "zod";
import { Message } from "../../state/message.ts";
import { differ, takeTurns } from "./line-rules.ts";
import {
  origin,
  RankedResponse,
  type ConversationRecord,
  type LabelRecord,
  type PairRecord,
  type RankingRecord,
} from "./training-record.ts";

/** Shapes that several trainers share. */

export const Chat = z.array(Message).min(1);

/** One message of the assistant. */
export function reply(content: string): Message {
  return { role: "assistant", content };
}

/** Only reward trainers read it, and they subtract it inside the loss. */
export const margin = { margin: z.number().nonnegative().optional() };

/** `prompt`, `chosen` and `rejected` as lists of messages. */
export const chatPair = {
  schema: z.strictObject({ ...origin, prompt: Chat, chosen: Chat, rejected: Chat }),
  rules: [
    takeTurns(({ prompt }: { prompt: Message[] }) => prompt, "user"),
    differ((line: { chosen: Message[]; rejected: Message[] }) => [
      line.chosen.at(-1)?.content ?? "",
      line.rejected.at(-1)?.content ?? "",
    ]),
  ],
  lineOf: ({ id, prompt, chosen, rejected, source }: PairRecord) => ({
    id,
    prompt: [...prompt],
    chosen: [reply(chosen)],
    rejected: [reply(rejected)],
    source,
  }),
};

/** `messages`, the prompt, and one message each in `chosen` and `rejected`. */
export const messagePair = {
  schema: z.strictObject({ ...origin, messages: Chat, chosen: Message, rejected: Message }),
  rules: [
    takeTurns(({ messages }: { messages: Message[] }) => messages, "user"),
    differ((line: { chosen: Message; rejected: Message }) => [
      line.chosen.content,
      line.rejected.content,
    ]),
  ],
  lineOf: ({ id, prompt, chosen, rejected, source }: PairRecord) => ({
    id,
    messages: [...prompt],
    chosen: reply(chosen),
    rejected: reply(rejected),
    source,
  }),
};

/** `messages`, a whole conversation. */
export const chat = {
  schema: z.strictObject({ ...origin, messages: Chat }),
  rules: [takeTurns(({ messages }: { messages: Message[] }) => messages, "assistant")],
  lineOf: ({ id, messages, source }: ConversationRecord) => ({
    id,
    messages: [...messages],
    source,
  }),
};

/** `messages`, a whole conversation, and whether its last answer is to be learned. */
export const labelledChat = {
  schema: z.strictObject({ ...origin, messages: Chat, label: z.boolean() }),
  rules: chat.rules,
  lineOf: ({ id, prompt, completion, label, source }: LabelRecord) => ({
    id,
    messages: [...prompt, reply(completion)],
    label,
    source,
  }),
};

/** All responses of a ranking, beside the pair of its ends. */
export const ranking = { ranking: z.array(RankedResponse).min(2) };

/** The field `ranking` of a line. */
export function rankingField({ ranking: ranked }: RankingRecord) {
  return { ranking: [...ranked] };
}

/** The field `margin` of a line; absent where the run has no scores. */
export function marginField({ margin: value }: PairRecord) {
  return value === undefined ? {} : { margin: value };
}
