import { chat, chatPair, margin, marginField, ranking, rankingField } from "./chat-line.ts";
import { fileBeside, shellWord } from "./companions.ts";
import { defineFormat, type ExportedNames, type Trainer } from "./trainer-format.ts";
import type { PairRecord, RankingRecord } from "./training-record.ts";

/** The command line, with the options that name the data. */
function command(module: string, options: readonly string[], notes: readonly string[] = []) {
  return (names: ExportedNames) =>
    fileBeside(names, "openrlhf.sh", [
      "# Add the options of your model. Paths count from the folder where the command is started.",
      ...notes,
      [
        `python -m openrlhf.cli.${module}`,
        `--data.dataset ${shellWord(names.train)}`,
        ...(names.test === undefined ? [] : [`--eval.dataset ${shellWord(names.test)}`]),
        ...options,
      ].join(" \\\n  "),
    ]);
}

const pairOptions = ["--data.prompt_key prompt", "--data.apply_chat_template"];

/**
 * OpenRLHF's data sets. It takes the rendered prompt's length off the rendered conversation, so a
 * chat template whose prompt is no prefix of the whole cuts in the wrong place.
 */
export const openrlhf: Trainer = {
  name: "openrlhf",
  version: "0.11.2",
  formats: {
    dpo: defineFormat({ ...chatPair, companion: command("train_dpo", pairOptions) }),
    kto: "OpenRLHF has no KTO trainer. Use --kind dpo, or --to trl.",
    sft: defineFormat({
      ...chat,
      companion: command("train_sft", ["--data.input_key messages", "--data.apply_chat_template"]),
    }),
    reward: defineFormat({
      ...chatPair,
      schema: chatPair.schema.extend(margin),
      lineOf: (pair: PairRecord) => ({ ...chatPair.lineOf(pair), ...marginField(pair) }),
      companion: command("train_rm", pairOptions, [
        "# --model.margin_loss_enable takes the column margin into the loss.",
      ]),
    }),
    ranking: defineFormat({
      ...chatPair,
      schema: chatPair.schema.extend(ranking),
      lineOf: (row: RankingRecord) => ({ ...chatPair.lineOf(row), ...rankingField(row) }),
      companion: command("train_rm", pairOptions),
    }),
  },
};
