import type { Message } from "../../state/message.ts";
import { openSources } from "../read/input-source.ts";
import { shareGptForm, type InstructionShape } from "../rows/instruction-row.ts";
import { openText } from "../read/open-text.ts";
import { isJsonSpace } from "../read/splitter.ts";
import { toWellFormed } from "../write/well-formed.ts";

/**
 * What the improved data are called: `evolved.json` where the input is a JSON array, else
 * `evolved.jsonl` (also for CSV and Parquet). The content tells, not the name: one object a line is
 * often called `.json`.
 *
 * @throws FellowshipError `bad_input` where the input can't be read
 */
export async function evolvedFileName(
  inputPath: string,
): Promise<"evolved.json" | "evolved.jsonl"> {
  const [source] = await openSources(inputPath);
  if (source?.format.kind !== "json") return "evolved.jsonl";
  for await (const chunk of openText(source)) {
    const first = chunk.find((byte) => !isJsonSpace(byte));
    if (first !== undefined) return first === openBracket ? "evolved.json" : "evolved.jsonl";
  }
  return "evolved.jsonl";
}

/** The improved data, for the card. */
export const evolvedData = {
  name: "evolved",
  holds: "the input, row for row and in its own shape, with the improved answers in it",
};

const openBracket = 0x5b;

/**
 * A row with its improved answers in place of the old ones: every other field, and every message
 * that was not improved, is what it was and where it was. Lone surrogates in an improved answer
 * become U+FFFD.
 *
 * @param record The row as it was given.
 * @param conversation The row's conversation with the improved answers, message for message.
 */
export function evolvedRecord(
  record: Readonly<Record<string, unknown>>,
  shape: InstructionShape,
  conversation: readonly Message[],
): Record<string, unknown> {
  const field = answerFields[shape];
  if (shape === "alpaca") {
    // Dolly's name for it.
    const answer = (record["output"] ?? undefined) === undefined && "response" in record;
    const improved = withAnswer(record, answer ? "response" : field, conversation.at(-1));
    return withHistory(improved, conversation);
  }
  const list = shape === "sharegpt" ? "conversations" : "messages";
  const items = record[list] as readonly Record<string, unknown>[];
  // A system text in a field of its own is a message that the list does not hold.
  const offset = conversation.length - items.length;
  const improved = items.map((item, index) =>
    withAnswer(item, field in item ? field : "content", conversation[index + offset]),
  );
  return { ...record, [list]: improved };
}

/** Alpaca's earlier exchanges, with their improved answers. */
function withHistory(
  record: Record<string, unknown>,
  conversation: readonly Message[],
): Record<string, unknown> {
  const { history } = record;
  if (!Array.isArray(history) || history.length === 0) return record;
  const offset = conversation.length - 2 * history.length - 2;
  return {
    ...record,
    history: history.map((turn: readonly unknown[], index) => {
      const answer = conversation[offset + 2 * index + 1];
      return answer === undefined ? turn : [turn[0], toWellFormed(answer.content).value];
    }),
  };
}

const answerFields: Readonly<Record<InstructionShape, string>> = {
  alpaca: "output",
  sharegpt: shareGptForm.text,
  messages: "content",
};

function withAnswer(
  item: Readonly<Record<string, unknown>>,
  field: string,
  message: Message | undefined,
): Record<string, unknown> {
  if (message?.role !== "assistant" || message.content === item[field]) return item;
  return { ...item, [field]: toWellFormed(message.content).value };
}
