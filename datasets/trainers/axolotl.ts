import * as z from "zod";
import type { Message } from "../../state/message.ts";
import { Chat, chat, messagePair, ranking, rankingField, reply } from "./chat-line.ts";
import { builderOf, fileBeside, quoted } from "./companions.ts";
import { differ, takeTurns } from "./line-rules.ts";
import { defineFormat, type ExportedNames, type Trainer } from "./trainer-format.ts";
import {
  origin,
  type LabelRecord,
  type PairRecord,
  type RankingRecord,
} from "./training-record.ts";

/** A part of Axolotl's configuration: the data, and what its reading needs. */
function config(type: string, settings: readonly string[] = []) {
  return (names: ExportedNames) =>
    fileBeside(names, "axolotl.yaml", [
      "# Add this to your configuration. Paths count from the folder where Axolotl is started.",
      ...settings,
      "datasets:",
      ...entry(names.train, type),
      ...(names.test === undefined ? [] : ["test_datasets:", ...entry(names.test, type)]),
    ]);
}

function entry(file: string, type: string): string[] {
  return [
    `  - path: ${quoted(file)}`,
    `    ds_type: ${builderOf(file)}`,
    "    split: train",
    `    type: ${type}`,
  ];
}

const pairConfig = config("chat_template.default", ["rl: dpo"]);

/** Axolotl's prompt strategies. */
export const axolotl: Trainer = {
  name: "axolotl",
  version: "0.21",
  formats: {
    // Its strategy reads the last message of a list alone; one message leaves no doubt.
    dpo: defineFormat({ ...messagePair, companion: pairConfig }),
    ranking: defineFormat({
      ...messagePair,
      schema: messagePair.schema.extend(ranking),
      lineOf: (row: RankingRecord) => ({ ...messagePair.lineOf(row), ...rankingField(row) }),
      companion: pairConfig,
    }),
    // The prompt is all before the last message of `completion`.
    kto: defineFormat({
      schema: z.strictObject({ ...origin, completion: Chat, label: z.boolean() }),
      rules: [takeTurns(({ completion }: { completion: Message[] }) => completion, "assistant")],
      lineOf: ({ id, prompt, completion, label, source }: LabelRecord) => ({
        id,
        completion: [...prompt, reply(completion)],
        label,
        source,
      }),
      companion: config("chatml.argilla_chat", [
        "# Axolotl's KTO uses no chat template of the tokenizer: llama3.argilla_chat for a " +
          "Llama 3.",
        "rl: kto",
        "remove_unused_columns: false",
      ]),
    }),
    sft: defineFormat({ ...chat, companion: config("chat_template") }),
    reward: defineFormat({
      schema: z.strictObject({
        ...origin,
        system: z.string(),
        input: z.string(),
        chosen: z.string(),
        rejected: z.string(),
      }),
      takes: [
        {
          reason: "several_turns",
          detail: "Axolotl's reward data hold one question and its answer, no earlier turns.",
          holds: ({ prompt }: PairRecord) =>
            prompt.filter(({ role }) => role !== "system").length === 1,
        },
      ],
      rules: [differ((line: { chosen: string; rejected: string }) => [line.chosen, line.rejected])],
      lineOf: rewardLine,
      companion: config("bradley_terry.chat_template", [
        "reward_model: true",
        "num_labels: 1",
        "model_type: AutoModelForSequenceClassification",
        "# Where no prompt has a system message, add `drop_system_message: true` to each entry:",
        "# Axolotl shows the model an empty system message otherwise.",
      ]),
    }),
  },
};

function rewardLine({ id, prompt, chosen, rejected, source }: PairRecord) {
  const system = prompt[0]?.role === "system" ? prompt[0].content : "";
  return { id, system, input: prompt.at(-1)?.content ?? "", chosen, rejected, source };
}
