import * as z from "zod";
import type { Message } from "../../state/message.ts";
import {
  Chat,
  chat,
  labelledChat,
  margin,
  marginField,
  ranking,
  rankingField,
  reply,
} from "./chat-line.ts";
import { fileBeside, shellWord } from "./companions.ts";
import { differ, takeTurns } from "./line-rules.ts";
import { defineFormat, type ExportedNames, type Trainer } from "./trainer-format.ts";
import { origin, type PairRecord, type RankingRecord } from "./training-record.ts";

/** The command line, with the options that name the data. */
function command(words: string) {
  return (names: ExportedNames) =>
    fileBeside(names, "ms-swift.sh", [
      "# Add the options of your model. Paths count from the folder where the command is started.",
      [
        `swift ${words}`,
        `--dataset ${shellWord(names.train)}`,
        // Without a set of its own, ms-swift may hold out a part of the data.
        ...(names.test === undefined
          ? ["--split_dataset_ratio 0"]
          : [`--val_dataset ${shellWord(names.test)}`]),
      ].join(" \\\n  "),
    ]);
}

/** The chosen response ends `messages`; the rejected one stands beside them. */
const pair = {
  schema: z.strictObject({ ...origin, messages: Chat, rejected_response: z.string() }),
  rules: [
    takeTurns(({ messages }: { messages: Message[] }) => messages, "assistant"),
    differ((line: { messages: Message[]; rejected_response: string }) => [
      line.messages.at(-1)?.content ?? "",
      line.rejected_response,
    ]),
  ],
  lineOf: ({ id, prompt, chosen, rejected, source }: PairRecord) => ({
    id,
    messages: [...prompt, reply(chosen)],
    rejected_response: rejected,
    source,
  }),
};

/** ms-swift's standard columns; others are dropped. */
export const msSwift: Trainer = {
  name: "ms-swift",
  version: "4.6",
  formats: {
    dpo: defineFormat({ ...pair, companion: command("rlhf --rlhf_type dpo") }),
    kto: defineFormat({ ...labelledChat, companion: command("rlhf --rlhf_type kto") }),
    sft: defineFormat({ ...chat, companion: command("sft") }),
    // Its reward trainer subtracts a column `margin` inside the loss.
    reward: defineFormat({
      ...pair,
      schema: pair.schema.extend(margin),
      lineOf: (record: PairRecord) => ({ ...pair.lineOf(record), ...marginField(record) }),
      companion: command("rlhf --rlhf_type rm"),
    }),
    ranking: defineFormat({
      ...pair,
      schema: pair.schema.extend(ranking),
      lineOf: (row: RankingRecord) => ({ ...pair.lineOf(row), ...rankingField(row) }),
      companion: command("rlhf --rlhf_type rm"),
    }),
  },
};
