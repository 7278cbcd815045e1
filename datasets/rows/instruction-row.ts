import type { Message } from "../../state/message.ts";
import { chatForm, exchangesProblem, toMessages, type MessageForm } from "./conversation.ts";
import type { InputRecord } from "../read/read-records.ts";
import { openRow, rowFailure, type RowFailure } from "./row-fields.ts";
import { badInput, describe, isFields, type RowProblem } from "../read/row-value.ts";

/** The shapes in which instruction data come (contract section 3). */
export type InstructionShape = "alpaca" | "sharegpt" | "messages";

/** A conversation whose answers are to be improved. */
export type InstructionRow = {
  /** 1-based place in the input; the key. */
  number: number;
  /** A label, that may repeat: the row's own, or its number as text. */
  id: string;
  shape: InstructionShape;
  /** May begin with a system message; then user and assistant in turn, the assistant last. */
  conversation: Message[];
  /** The row as it was given. */
  record: Record<string, unknown>;
};

/**
 * ShareGPT's own names of the speakers first, then those that data sets of its shape use besides.
 */
export const shareGptForm: MessageForm = {
  speaker: "from",
  text: "value",
  roles: new Map([
    ["human", "user"],
    ["gpt", "assistant"],
    ["system", "system"],
    ["user", "user"],
    ["assistant", "assistant"],
  ]),
};

/** The same with the assistants that conversations were collected from, for lenient reading. */
const lenientShareGptForm: MessageForm = {
  ...shareGptForm,
  roles: new Map([
    ...shareGptForm.roles,
    ["chatgpt", "assistant"],
    ["bing", "assistant"],
    ["bard", "assistant"],
  ]),
};

type Fields = Readonly<Record<string, unknown>>;
type Read = { messages: Message[] } | RowProblem;

/**
 * Reads a row of instruction data: Alpaca (`instruction`, `input`, `output`), ShareGPT
 * (`conversations`, of `{"from", "value"}`) or `messages`. An Alpaca input that isn't blank joins
 * its instruction as the paragraph after it, as Alpaca's own template has it. No question and no
 * answer may be blank. A field that is null counts as not given; fields besides these are neither
 * read nor lost.
 *
 * @param lenient Takes rows as data sets have them: a human turn at the end of a conversation is
 *   cut and a gpt turn at its beginning skipped, also in the row that comes out; messages under
 *   `conversations` may be `{"role", "content"}`, and chatgpt, bing and bard are gpt; Dolly's
 *   `context` and `response` are read as input and output, and `prompt` beside `response` as the
 *   instruction; a number is its digits; and an input without an instruction is the question.
 */
export function toInstructionRow(
  record: InputRecord,
  { lenient = false }: { readonly lenient?: boolean } = {},
): { ok: true; row: InstructionRow } | RowFailure {
  const opened = openRow(record);
  if (!opened.ok) return opened;
  const { number, id } = opened.row;
  const fields = lenient ? cutConversation(opened.row.fields) : opened.row.fields;
  const shape = shapeOf(fields);
  const read = typeof shape === "string" ? { shape, ...readers[shape](fields, lenient) } : shape;
  if ("problem" in read) {
    const isLenientOnly = !lenient && toInstructionRow(record, { lenient: true }).ok;
    const hint = isLenientOnly ? ". --lenient reads this row" : "";
    return rowFailure(record, id, { reason: read.reason, problem: `${read.problem}${hint}` });
  }
  return {
    ok: true,
    row: { number, id, shape: read.shape, conversation: read.messages, record: fields },
  };
}

const readers: Readonly<Record<InstructionShape, (fields: Fields, lenient: boolean) => Read>> = {
  alpaca: readAlpaca,
  sharegpt: readShareGpt,
  messages: ({ messages }) => readList("messages", messages, chatForm),
};

/**
 * The field that tells each shape; a row that has an `output` only is told that it lacks its
 * instruction.
 */
const telling = { instruction: "alpaca", conversations: "sharegpt", messages: "messages" } as const;

function shapeOf(fields: Fields): InstructionShape | RowProblem {
  const found = Object.keys(telling).filter((name) => isGiven(fields[name]));
  const [field, ...more] = found as (keyof typeof telling)[];
  if (field === undefined && (isGiven(fields["output"]) || isGiven(fields["response"]))) {
    return "alpaca";
  }
  if (field === undefined) {
    const elsewhere = Object.keys(fields).find((name) => holdsMessages(fields[name]));
    const hint =
      elsewhere === undefined
        ? ""
        : `. Is "${elsewhere}" the conversation? --map conversations=${elsewhere} reads it`;
    return badInput(`expected instruction, conversations or messages, found none of them${hint}`);
  }
  if (more.length === 0) return telling[field];
  return badInput(
    `expected one of instruction, conversations and messages, found ${found.join(" and ")}`,
  );
}

function holdsMessages(value: unknown): boolean {
  if (!Array.isArray(value) || !isFields(value[0])) return false;
  return "from" in value[0] || "role" in value[0];
}

function readAlpaca(given: Fields, lenient: boolean): Read {
  const fields = lenient ? asAlpaca(given) : given;
  const input = fields["input"] ?? "";
  if (typeof input !== "string") return badInput(`input: expected text, found ${describe(input)}`);
  const content = readQuestion(fields["instruction"], input, lenient);
  if (typeof content !== "string") return content;
  const output = toText("output", fields["output"]);
  if (typeof output !== "string") return output;
  const before = readHistory(fields["history"]);
  if ("problem" in before) return before;
  const system = readSystem(fields["system"]);
  if ("problem" in system) return system;
  return {
    messages: [
      ...system.messages,
      ...before.messages,
      { role: "user", content },
      { role: "assistant", content: output },
    ],
  };
}

/** A row with Dolly's names, or with numbers, as Alpaca would have it. */
function asAlpaca(fields: Fields): Fields {
  const { instruction, prompt, input, context, output, response } = fields;
  const hasInstruction = isGiven(instruction) || !isGiven(response);
  return {
    ...fields,
    instruction: digitsOf(hasInstruction ? instruction : prompt),
    input: digitsOf(input ?? context),
    output: digitsOf(output ?? response),
  };
}

function digitsOf(value: unknown): unknown {
  return typeof value === "number" || typeof value === "bigint" ? String(value) : value;
}

/** The instruction, with its input as the paragraph after it. */
function readQuestion(instruction: unknown, input: string, lenient: boolean): string | RowProblem {
  const isBlank = !isGiven(instruction) || instruction === "";
  if (lenient && isBlank && input.trim() !== "") return input;
  const text = toText("instruction", instruction);
  if (typeof text !== "string" || input.trim() === "") return text;
  return `${text}\n\n${input}`;
}

/** LLaMA-Factory's `history`: earlier questions with their answers. */
function readHistory(history: unknown): Read {
  if (!isGiven(history)) return { messages: [] };
  if (!Array.isArray(history)) {
    return badInput(`history: expected a list of [question, answer], found ${describe(history)}`);
  }
  const messages: Message[] = [];
  for (const [index, turn] of history.entries()) {
    const [question, answer] = Array.isArray(turn) && turn.length === 2 ? turn : [];
    const texts = [toText(`history[${index}]`, question), toText(`history[${index}]`, answer)];
    const [asked, answered] = texts;
    if (typeof asked !== "string") return asked!;
    if (typeof answered !== "string") return answered!;
    messages.push({ role: "user", content: asked }, { role: "assistant", content: answered });
  }
  return { messages };
}

/** A system text in a field of its own; a blank one is none. */
function readSystem(system: unknown): Read {
  if (!isGiven(system)) return { messages: [] };
  if (typeof system !== "string") {
    return badInput(`system: expected text, found ${describe(system)}`);
  }
  return { messages: system.trim() === "" ? [] : [{ role: "system", content: system }] };
}

function readShareGpt({ conversations, system: given }: Fields, lenient: boolean): Read {
  const read = readList("conversations", conversations, formOf(conversations, lenient));
  const system = readSystem(given);
  if ("problem" in read || "problem" in system || system.messages.length === 0) {
    return "problem" in system ? system : read;
  }
  if (read.messages[0]?.role === "system") {
    return badInput("expected a system text in system or in conversations, found both");
  }
  return { messages: [...system.messages, ...read.messages] };
}

function formOf(conversations: unknown, lenient: boolean): MessageForm {
  if (!lenient) return shareGptForm;
  const isChat = Array.isArray(conversations) && isChatMessage(conversations[0]);
  return isChat ? lenientChatForm : lenientShareGptForm;
}

/** `{"role", "content"}` under `conversations`, also with ShareGPT's names of the speakers. */
const lenientChatForm: MessageForm = {
  ...chatForm,
  roles: new Map([...chatForm.roles, ...lenientShareGptForm.roles]),
};

function isChatMessage(item: unknown): boolean {
  return isFields(item) && "role" in item && !("from" in item);
}

/** The row without gpt turns before the first human turn, and without human turns at the end. */
function cutConversation(fields: Record<string, unknown>): Record<string, unknown> {
  const name = ["conversations", "messages"].find((one) => Array.isArray(fields[one]));
  if (name === undefined) return fields;
  const items = fields[name] as readonly unknown[];
  const roles = items.map((item) =>
    isFields(item) ? lenientChatForm.roles.get(item["from"] ?? item["role"]) : undefined,
  );
  const begin = roles.findIndex((role) => role !== "system");
  const first = roles.findIndex((role, index) => index >= begin && role !== "assistant");
  const end = roles.findLastIndex((role) => role !== "user") + 1;
  if (first === begin && end === items.length) return fields;
  const kept = items.filter((_, index) => index < begin || (index >= first && index < end));
  return { ...fields, [name]: kept };
}

function toText(field: string, value: unknown): string | RowProblem {
  if (typeof value !== "string") {
    return badInput(`${field}: expected text, found ${describe(value)}`);
  }
  return value.trim() === "" ? badInput(`${field}: expected a text, found a blank one`) : value;
}

function readList(field: string, value: unknown, form: MessageForm): Read {
  const read = toMessages(field, value, form);
  if ("problem" in read) return read;
  return exchangesProblem(field, read.messages, form) ?? read;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
