import { extname } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Message } from "../../state/message.ts";
import { chat, labelledChat, messagePair, ranking, rankingField } from "./chat-line.ts";
import { stemOf } from "./companions.ts";
import { isNotEmpty } from "./line-rules.ts";
import {
  defineFormat,
  type Companion,
  type ExportedNames,
  type Trainer,
} from "./trainer-format.ts";
import type { RankingRecord } from "./training-record.ts";

type Columns = Readonly<Record<string, string>>;

/** With these, `sharegpt` takes roles and messages as they are; `openai` alters system turns. */
const tags = {
  role_tag: "role",
  content_tag: "content",
  user_tag: "user",
  assistant_tag: "assistant",
  system_tag: "system",
};

const pairColumns = { messages: "messages", chosen: "chosen", rejected: "rejected" };

/**
 * Entries of `dataset_info.json`, each by the name of its data file without the ending. Other
 * entries of a standing file are kept.
 */
function entries(columns: Columns, { isRanking = false } = {}) {
  const entryOf = (file: string) => ({
    file_name: file,
    formatting: "sharegpt",
    ...(isRanking ? { ranking: true } : {}),
    columns,
    tags,
  });
  return ({ train, test }: ExportedNames): Companion => {
    const files = test === undefined ? [train] : [train, test];
    return {
      name: "dataset_info.json",
      textOf: (standing) => {
        const info = standing === null ? {} : parseInfo(standing);
        for (const file of files) info[stemOf(file)] = entryOf(file);
        if (test === undefined) dropEarlierTest(info, train);
        return `${JSON.stringify(info, null, 2)}\n`;
      },
      parts: (text) => {
        const info = parseInfo(text);
        return Object.fromEntries(files.map(stemOf).map((name) => [name, info[name]]));
      },
    };
  };
}

/** An export without `--split` takes the test file of an earlier one away, and its entry too. */
function dropEarlierTest(info: Record<string, unknown>, train: string): void {
  const name = `${stemOf(train)}.test`;
  const entry = info[name] as { readonly file_name?: unknown } | null | undefined;
  if (entry?.file_name === `${name}${extname(train)}`) delete info[name];
}

function parseInfo(text: string): Record<string, unknown> {
  const info: unknown = parseJson(text);
  if (typeof info !== "object" || info === null || Array.isArray(info)) {
    throw new FellowshipError(
      "bad_usage",
      "dataset_info.json beside --file: expected a JSON object, found something else. Move " +
        "it aside, or choose another folder.",
    );
  }
  return info as Record<string, unknown>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** LLaMA-Factory's `sharegpt` formatting; `dataset_dir` is the folder, `dataset` the entry's name. */
export const llamaFactory: Trainer = {
  name: "llama-factory",
  version: "0.9.5",
  formats: {
    dpo: defineFormat({ ...messagePair, companion: entries(pairColumns, { isRanking: true }) }),
    reward: defineFormat({ ...messagePair, companion: entries(pairColumns, { isRanking: true }) }),
    ranking: defineFormat({
      ...messagePair,
      schema: messagePair.schema.extend(ranking),
      lineOf: (row: RankingRecord) => ({ ...messagePair.lineOf(row), ...rankingField(row) }),
      companion: entries(pairColumns, { isRanking: true }),
    }),
    kto: defineFormat({
      ...labelledChat,
      rules: [
        ...labelledChat.rules,
        isNotEmpty(
          ({ messages }: { messages: Message[] }) => messages.at(-1)?.content ?? "",
          "LLaMA-Factory reads an empty response as one of the opposite label.",
        ),
      ],
      companion: entries({ messages: "messages", kto_tag: "label" }),
    }),
    sft: defineFormat({ ...chat, companion: entries({ messages: "messages" }) }),
  },
};
