import type { Message } from "../../state/message.ts";
import { promptProblem, toMessages } from "./conversation.ts";
import type { InputRecord } from "../read/read-records.ts";
import type { RowProblem, RowProblemReason } from "../read/row-value.ts";
import { badInput, describe, isFields } from "../read/row-value.ts";

/**
 * A row that can't be used, in the words of `failed.jsonl`; `detail` begins with the row's place in
 * the file.
 */
export type RowFailure = {
  ok: false;
  number: number;
  /** The row's own id where it can be read, else its number. */
  id: string;
  reason: RowProblemReason;
  detail: string;
};

/** What every kind of row has. */
export type RowFields = { number: number; id: string; fields: Record<string, unknown> };

/**
 * Opens a record as a row: it must be an object, and its id, where it has one, text or a number.
 */
export function openRow(record: InputRecord): { ok: true; row: RowFields } | RowFailure {
  const { number } = record;
  const ownId = String(record.numberInFile ?? number);
  if ("problem" in record) return rowFailure(record, ownId, record);
  if (!isFields(record.value)) {
    const problem = `expected an object, found ${describe(record.value)}`;
    return rowFailure(record, ownId, badInput(problem));
  }
  const { id } = record.value;
  // An id is a label, and a row without one is called by its number.
  if (id === undefined || id === null || id === "") {
    return { ok: true, row: { number, id: ownId, fields: record.value } };
  }
  if (typeof id !== "string" && typeof id !== "number") {
    const problem = `id: expected text or a number, found ${describe(id)}`;
    return rowFailure(record, ownId, badInput(problem));
  }
  return { ok: true, row: { number, id: String(id), fields: record.value } };
}

/** The failure of a row that was opened as `id`. */
export function rowFailure(record: InputRecord, id: string, found: RowProblem): RowFailure {
  const { number, place } = record;
  return { ok: false, number, id, reason: found.reason, detail: `${place}: ${found.problem}` };
}

/**
 * The prompt that a row gives as `prompt` (text, or a list of messages) or `messages`; undefined
 * where it gives neither. Where messages begin with the prompt, the prompt counts. Null counts as
 * not given, because a Parquet column has no other way to say so.
 */
export function promptOf(
  fields: Readonly<Record<string, unknown>>,
): { messages: Message[] } | RowProblem | undefined {
  const prompt = fields["prompt"] ?? undefined;
  const messages = fields["messages"] ?? undefined;
  if (prompt !== undefined && messages !== undefined && !beginsWith(messages, prompt)) {
    return badInput(
      "expected prompt or messages, or messages that begin with the prompt, found both and " +
        "different. Leave one of them out",
    );
  }
  if (messages !== undefined && prompt === undefined) {
    const read = toMessages("messages", messages);
    return "problem" in read ? read : (promptProblem("messages", read.messages) ?? read);
  }
  if (prompt === undefined) return undefined;
  if (Array.isArray(prompt)) {
    // TRL's conversational form, and that of our own data files.
    const read = toMessages("prompt", prompt);
    return "problem" in read ? read : (promptProblem("prompt", read.messages) ?? read);
  }
  if (typeof prompt !== "string") {
    return badInput(`prompt: expected text, found ${describe(prompt)}`);
  }
  if (prompt.trim() === "") return badInput("prompt: expected a text, found a blank one");
  return { messages: [{ role: "user", content: prompt }] };
}

/** Whether a conversation's first user message is the prompt (UltraChat, UltraFeedback). */
function beginsWith(messages: unknown, prompt: unknown): boolean {
  const read = toMessages("messages", messages);
  if ("problem" in read) return false;
  if (Array.isArray(prompt)) {
    const asked = toMessages("prompt", prompt);
    if ("problem" in asked) return false;
    const begin = read.messages.slice(0, asked.messages.length);
    return JSON.stringify(begin) === JSON.stringify(asked.messages);
  }
  const first = read.messages.find(({ role }) => role === "user");
  return typeof prompt === "string" && first?.content.trim() === prompt.trim();
}

/** The fields of a row that are not `known`, in an object without a prototype. */
export function extraFields(
  fields: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): Record<string, unknown> {
  const extra: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(fields)) {
    if (!known.has(name)) extra[name] = value;
  }
  return extra;
}
