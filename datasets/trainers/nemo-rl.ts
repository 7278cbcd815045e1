import * as z from "zod";
import { Chat, chat, ranking, rankingField, reply } from "./chat-line.ts";
import { fileBeside, quoted } from "./companions.ts";
import { differ, takeTurns } from "./line-rules.ts";
import { defineFormat, type ExportedNames, type Trainer } from "./trainer-format.ts";
import { origin, type PairRecord, type RankingRecord } from "./training-record.ts";

/** The part `data` of NeMo-RL's configuration. */
function config(script: string, settings: readonly string[]) {
  return (names: ExportedNames) =>
    fileBeside(names, "nemo-rl.yaml", [
      `# Add this to the configuration of ${script}.`,
      "# Paths count from the folder where it is started.",
      "data:",
      "  train:",
      ...entry(names.train, settings),
      ...(names.test === undefined
        ? ["  validation: null"]
        : ["  validation:", ...entry(names.test, settings)]),
    ]);
}

function entry(file: string, settings: readonly string[]): string[] {
  return [`data_path: ${quoted(file)}`, ...settings].map((line) => `    ${line}`);
}

const Completion = z.strictObject({ rank: z.int().nonnegative(), completion: Chat });

type CompletionList = readonly z.infer<typeof Completion>[];

/** A prompt with two completions; the lower rank is the better one. */
const pair = {
  schema: z.strictObject({ ...origin, context: Chat, completions: z.array(Completion).length(2) }),
  rules: [
    takeTurns(({ context }: { context: z.infer<typeof Chat> }) => context, "user"),
    differ(({ completions }: { completions: CompletionList }) => [
      completions[0]?.completion.at(-1)?.content ?? "",
      completions[1]?.completion.at(-1)?.content ?? "",
    ]),
  ],
  lineOf: ({ id, prompt, chosen, rejected, source }: PairRecord) => ({
    id,
    context: [...prompt],
    completions: [chosen, rejected].map((text, rank) => ({ rank, completion: [reply(text)] })),
    source,
  }),
};

const pairSettings = ["dataset_name: PreferenceDataset"];

/** NeMo-RL's `PreferenceDataset`, which takes two completions, and `openai_format`. */
export const nemoRl: Trainer = {
  name: "nemo-rl",
  version: null,
  formats: {
    dpo: defineFormat({ ...pair, companion: config("examples/run_dpo.py", pairSettings) }),
    kto: "NeMo-RL has no KTO trainer. Use --kind dpo, or --to trl.",
    sft: defineFormat({
      ...chat,
      companion: config("examples/run_sft.py", [
        "dataset_name: openai_format",
        "chat_key: messages",
      ]),
    }),
    reward: defineFormat({ ...pair, companion: config("examples/run_rm.py", pairSettings) }),
    ranking: defineFormat({
      ...pair,
      schema: pair.schema.extend(ranking),
      lineOf: (row: RankingRecord) => ({ ...pair.lineOf(row), ...rankingField(row) }),
      companion: config("examples/run_rm.py", pairSettings),
    }),
  },
};
