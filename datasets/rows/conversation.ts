import { Message } from "../../state/message.ts";
import type { RowProblem } from "../read/row-value.ts";
import { badInput, describe, isFields, quote } from "../read/row-value.ts";

/** How a list of messages says who speaks, and what. */
export type MessageForm = {
  /** The field that names the speaker. */
  readonly speaker: string;
  /** The field that holds the text. */
  readonly text: string;
  /**
   * Who is meant by each name; the first name of a role is the one that messages about a row use.
   */
  readonly roles: ReadonlyMap<unknown, Message["role"]>;
};

/** `{"role", "content"}`, as chat APIs and trainers have it. */
export const chatForm: MessageForm = {
  speaker: "role",
  text: "content",
  roles: new Map<unknown, Message["role"]>([
    ...Message.shape.role.options.map((role) => [role, role] as const),
    // OpenAI's newer name.
    ["developer", "system"],
  ]),
};

/**
 * Reads a list of messages, by default those of `chatForm`. Other fields of a message are left out.
 * Nothing is asked of their order here; see `promptProblem` and `exchangesProblem`.
 */
export function toMessages(
  field: string,
  value: unknown,
  { speaker, text, roles }: MessageForm = chatForm,
): { messages: Message[] } | RowProblem {
  if (!Array.isArray(value) || value.length === 0) {
    return badInput(`${field}: expected a list of at least one message, found ${describe(value)}`);
  }
  const messages: Message[] = [];
  for (const [index, item] of value.entries()) {
    const at = `${field}[${index}]`;
    if (!isFields(item)) return badInput(`${at}: expected a message, found ${describe(item)}`);
    const role = roles.get(item[speaker]);
    const content = textOf(item[text]);
    if (role === undefined) {
      const known = [...roles.keys()].join(", ");
      return badInput(`${at}.${speaker}: expected ${known}, found ${quote(item[speaker])}`);
    }
    if (content === undefined) {
      return badInput(`${at}.${text}: expected text, found ${describe(item[text])}`);
    }
    messages.push({ role, content });
  }
  return { messages };
}

/** A text, or a list of text parts as one text; undefined for anything else. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const texts = value.map((part) =>
    isFields(part) && (part["type"] === "text" || part["type"] === "input_text")
      ? part["text"]
      : undefined,
  );
  return texts.every((text) => typeof text === "string") ? texts.join("") : undefined;
}

/**
 * What keeps a conversation from being a prompt, or undefined. A prompt may begin with one system
 * message; then user and assistant speak in turn, the user first and last, and no user message is
 * blank: what every chat API and chat template takes.
 */
export function promptProblem(field: string, messages: readonly Message[]): RowProblem | undefined {
  return turnsProblem(field, messages, "user", chatForm);
}

/**
 * What keeps a conversation from being whole exchanges, questions with their answers, or undefined.
 * It may begin with one system message; then user and assistant speak in turn, the assistant last,
 * and neither says nothing.
 */
export function exchangesProblem(
  field: string,
  messages: readonly Message[],
  form: MessageForm,
): RowProblem | undefined {
  return turnsProblem(field, messages, "assistant", form);
}

function turnsProblem(
  field: string,
  messages: readonly Message[],
  last: "user" | "assistant",
  form: MessageForm,
): RowProblem | undefined {
  const turns = messages[0]?.role === "system" ? messages.slice(1) : messages;
  const offset = messages.length - turns.length;
  for (const [index, { role, content }] of turns.entries()) {
    const expected = index % 2 === 0 ? "user" : "assistant";
    const at = `${field}[${index + offset}]`;
    if (role !== expected) {
      return badInput(
        `${at}.${form.speaker}: expected ${nameOf(expected, form)}, found ` +
          `${nameOf(role, form)}. ${orderOf(last, form)}`,
      );
    }
    if ((role === "user" || last === "assistant") && content.trim() === "") {
      return badInput(`${at}.${form.text}: expected a text, found a blank one`);
    }
  }
  const end = turns.at(-1)?.role ?? "system";
  if (end === last) return undefined;
  const name = nameOf(last, form);
  return badInput(
    `${field}: expected ${name === "assistant" ? "an" : "a"} ${name} message at the end, ` +
      `found ${nameOf(end, form)}`,
  );
}

function orderOf(last: "user" | "assistant", form: MessageForm): string {
  const [user, assistant] = [nameOf("user", form), nameOf("assistant", form)];
  const ends = last === "user" ? `${user} first and last` : `${user} first, ${assistant} last`;
  return `After one system message at most, ${user} and ${assistant} take turns, ${ends}`;
}

/** What a file of this form calls a role. */
function nameOf(role: Message["role"], { roles }: MessageForm): string {
  const [name] = [...roles].find(([, meant]) => meant === role) ?? [role];
  return String(name);
}
