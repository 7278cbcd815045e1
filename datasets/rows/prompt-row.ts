import type { Message } from "../../state/message.ts";
import type { InputRecord } from "../read/read-records.ts";
import { cutAnswers, toPromptFields } from "./prompt-forms.ts";
import type { RowFailure } from "./row-fields.ts";
import { extraFields, openRow, promptOf, rowFailure } from "./row-fields.ts";
import { badInput } from "../read/row-value.ts";

/** A prompt to generate responses for (contract section 3). */
export type PromptRow = {
  /** 1-based place in the input; the key. */
  number: number;
  /** A label, that may repeat: the row's own, or its number as text. */
  id: string;
  /** The conversation to answer; ends with the user. */
  messages: Message[];
  /** The row's other fields, in an object without a prototype. */
  extra: Record<string, unknown>;
  /** The row as it was given. */
  input: Record<string, unknown>;
  /** Where fields were read from columns of other names: "prompt from question". */
  taken?: readonly string[];
};

const known = new Set(["id", "prompt", "messages"]);

/**
 * Reads a row as a prompt: `{"id"?, "prompt": text}` or `{"id"?, "messages": [{role, content} …]}`.
 * Other names of columns are those of `toPromptFields`; what a conversation must be like: see
 * `promptProblem`.
 *
 * @param lenient Cuts answers at the end of a conversation, and an assistant's turn at its start.
 */
export function toPromptRow(
  record: InputRecord,
  { lenient = false }: { readonly lenient?: boolean } = {},
): { ok: true; row: PromptRow } | RowFailure {
  const opened = openRow(record);
  if (!opened.ok) return opened;
  const { number, id, fields } = opened.row;
  const { fields: read, taken } = toPromptFields(fields);
  const given = lenient ? { ...read, messages: cutAnswers(read["messages"]) } : read;
  const prompt = promptOf(given) ?? badInput("expected prompt or messages, found neither");
  if ("problem" in prompt) return rowFailure(record, id, prompt);
  const { messages } = prompt;
  const row = { number, id, messages, extra: extraFields(read, known), input: fields };
  return { ok: true, row: taken.length === 0 ? row : { ...row, taken } };
}
