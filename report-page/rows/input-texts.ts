import { isFields } from "../../datasets/read/row-value.ts";
import type { Message } from "../../state/message.ts";
import type { NamedText } from "./row-sheet.ts";

/** Fields that the sheet shows elsewhere. */
const shownElsewhere = new Set([
  "id",
  "prompt",
  "messages",
  "a",
  "b",
  "label",
  "labels",
  "chosen",
  "rejected",
  "conversations",
  "output",
  "conversation_a",
  "conversation_b",
]);

/** The messages of a conversation, each under its role. */
export function messageTexts(messages: readonly Message[]): NamedText[] {
  return messages.map(({ role, content }) => ({ name: role, text: content }));
}

/** The input's other fields, as texts; of a row that could not be read, all of them. */
export function fieldTexts(input: unknown, { isRead }: { readonly isRead: boolean }): NamedText[] {
  if (!isFields(input)) return input === undefined ? [] : [{ name: "input", text: asText(input) }];
  return Object.entries(inner(input))
    .filter(([name, value]) => !(isRead && shownElsewhere.has(name)) && value !== null)
    .map(([name, value]) => ({ name, text: asText(value) }));
}

/** Short values of fields, which rows can be grouped by. */
export function shortFields(input: unknown): Record<string, string> {
  if (!isFields(input)) return {};
  return Object.fromEntries(
    Object.entries(inner(input)).flatMap(([name, value]) => {
      if (shownElsewhere.has(name) || !isPlain(value)) return [];
      const text = String(value);
      return text.length > 60 ? [] : [[name, text]];
    }),
  );
}

/** A comparison's pairs keep the fields of their prompts in one of their own. */
function inner(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { fields, ...rest } = input;
  return isFields(fields) ? { ...rest, ...fields } : { ...input };
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
