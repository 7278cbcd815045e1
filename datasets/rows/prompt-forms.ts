import { isFields } from "../read/row-value.ts";
import { shareGptForm } from "./instruction-row.ts";

/** All columns that a prompt may be read from, with its id and reference answer. */
export const promptColumns = [
  "id",
  "prompt",
  "messages",
  "conversations",
  "instruction",
  "input",
  "question",
  "system",
  "reference",
];

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of a row under our names, and where they were read from, such as "prompt from
 * question".
 */
export type ReadFields = { readonly fields: Fields; readonly taken: readonly string[] };

/**
 * The prompt of a row from columns of other names that people commonly use: ShareGPT's
 * `conversations`, Alpaca's `instruction` with its `input`, or `question`; with `system` where it
 * is given. A row that has `prompt` or `messages` comes back as it is.
 */
export function toPromptFields(fields: Fields): ReadFields {
  if (isGiven(fields["prompt"]) || isGiven(fields["messages"])) return { fields, taken: [] };
  const { conversations, instruction, question, input, system, ...others } = fields;
  if (Array.isArray(conversations)) {
    const messages = withSystem(system, conversations.map(toChatMessage));
    return {
      fields: { ...withoutColumns(fields, ["conversations", "system"]), messages },
      taken: ["messages from conversations"],
    };
  }
  if (typeof instruction === "string") {
    const hasInput = typeof input === "string" && input.trim() !== "";
    const text = [instruction, ...(hasInput ? [input] : [])].filter((part) => part.trim() !== "");
    const prompt = promptWith(system, text.join("\n\n"));
    const taken = [`prompt from instruction${hasInput ? " and input" : ""}`];
    return { fields: { ...others, ...(isGiven(question) ? { question } : {}), prompt }, taken };
  }
  if (typeof question !== "string") return { fields, taken: [] };
  const prompt = promptWith(system, question);
  return {
    fields: { ...withoutColumns(fields, ["question", "system"]), prompt },
    taken: ["prompt from question"],
  };
}

/** Without a prompt's answers at the end, and without an assistant's turn at the beginning. */
export function cutAnswers(messages: unknown): unknown {
  if (!Array.isArray(messages)) return messages;
  const isAnswer = (item: unknown) => isFields(item) && item["role"] === "assistant";
  const end = messages.findLastIndex((item) => !isAnswer(item)) + 1;
  const start = messages.findIndex((item) => !(isFields(item) && item["role"] === "system"));
  const kept = messages.slice(0, end);
  return isAnswer(kept[start]) ? kept.toSpliced(start, 1) : kept;
}

/** A message of ShareGPT's form in that of chat APIs; others as they are. */
function toChatMessage(item: unknown): unknown {
  if (!isFields(item) || "role" in item) return item;
  const { from, value } = item;
  return { role: shareGptForm.roles.get(from) ?? from, content: value };
}

function promptWith(system: unknown, text: string): unknown {
  if (typeof system !== "string" || system.trim() === "") return text;
  return withSystem(system, [{ role: "user", content: text }]);
}

function withSystem(system: unknown, messages: readonly unknown[]): readonly unknown[] {
  const isText = typeof system === "string" && system.trim() !== "";
  return isText ? [{ role: "system", content: system }, ...messages] : messages;
}

function withoutColumns(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
