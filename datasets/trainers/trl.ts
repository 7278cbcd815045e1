import * as z from "zod";
import type { Message } from "../../state/message.ts";
import {
  Chat,
  chat,
  chatPair,
  margin,
  marginField,
  ranking,
  rankingField,
  reply,
} from "./chat-line.ts";
import { builderOf, fileBeside, quoted } from "./companions.ts";
import { takeTurns } from "./line-rules.ts";
import { defineFormat, type ExportedNames, type Trainer } from "./trainer-format.ts";
import {
  origin,
  type LabelRecord,
  type PairRecord,
  type RankingRecord,
} from "./training-record.ts";

/** A configuration for `trl COMMAND --config`. */
function config(command: "dpo" | "kto" | "sft" | "reward") {
  return (names: ExportedNames) =>
    fileBeside(names, "trl.yaml", [
      "# Start from the folder of this file:",
      `#   trl ${command} --config FILE --model_name_or_path MODEL --output_dir OUT`,
      "datasets:",
      `  - path: ${builderOf(names.train)}`,
      `    data_files: ${quoted(names.train)}`,
      "    split: train",
      ...(names.test === undefined
        ? []
        : [
            "# The part that was held out, in Python:",
            `#   load_dataset("${builderOf(names.test)}", data_files=${quoted(names.test)}, ` +
              'split="train")',
          ]),
    ]);
}

/** TRL's conversational shapes (its docs, "Dataset formats and types"); other columns are dropped. */
export const trl: Trainer = {
  name: "trl",
  version: "1.16",
  formats: {
    dpo: defineFormat({ ...chatPair, companion: config("dpo") }),
    kto: defineFormat({
      schema: z.strictObject({ ...origin, prompt: Chat, completion: Chat, label: z.boolean() }),
      rules: [takeTurns(({ prompt }: { prompt: Message[] }) => prompt, "user")],
      lineOf: ({ id, prompt, completion, label, source }: LabelRecord) => ({
        id,
        prompt: [...prompt],
        completion: [reply(completion)],
        label,
        source,
      }),
      companion: config("kto"),
    }),
    sft: defineFormat({ ...chat, companion: config("sft") }),
    // RewardTrainer subtracts a column `margin` inside its loss, and needs it on every line.
    reward: defineFormat({
      ...chatPair,
      schema: chatPair.schema.extend(margin),
      lineOf: (pair: PairRecord) => ({ ...chatPair.lineOf(pair), ...marginField(pair) }),
      companion: config("reward"),
    }),
    ranking: defineFormat({
      ...chatPair,
      schema: chatPair.schema.extend(ranking),
      lineOf: (row: RankingRecord) => ({ ...chatPair.lineOf(row), ...rankingField(row) }),
      companion: config("reward"),
    }),
  },
};
