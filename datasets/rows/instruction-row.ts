import type { Message } from "../../state/message.ts";
import { chatForm, exchangesProblem, toMessages, type MessageForm } from "./conversation.ts";
import type { InputRecord } from "../read/read-records.ts";
import { openRow, rowFailure, type RowFailure } from "./row-fields.ts";
import { badInput, describe, type RowProblem } from "../read/row-value.ts";

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

/** ShareGPT's own names of the speakers first, then those that data sets of its shape use besides. */
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

type Fields = Readonly<Record<string, unknown>>;
type Read = { messages: Message[] } | RowProblem;

/**
 * Reads a row of instruction data: Alpaca (`instruction`, `input`, `output`), ShareGPT (`conversations`, of `{"from",
 * "value"}`) or `messages`. An Alpaca input that isn't blank joins its instruction as the paragraph after it, as Alpaca's
 * own template has it. No question and no answer may be blank. A field that is null counts as not given; fields besides these are
 * neither read nor lost.
 */
export function toInstructionRow(
  record: InputRecord,
): { ok: true; row: InstructionRow } | RowFailure {
  const opened = openRow(record);
  if (!opened.ok) return opened;
  const { number, id, fields } = opened.row;
  const shape = shapeOf(fields);
  if (typeof shape !== "string") return rowFailure(record, id, shape);
  const read = readers[shape](fields);
  if ("problem" in read) return rowFailure(record, id, read);
  return { ok: true, row: { number, id, shape, conversation: read.messages, record: fields } };
}

const readers: Readonly<Record<InstructionShape, (fields: Fields) => Read>> = {
  alpaca: readAlpaca,
  sharegpt: readShareGpt,
  messages: ({ messages }) => readList("messages", messages, chatForm),
};

/** The field that tells each shape; a row that has an `output` only is told that it lacks its instruction. */
const telling = { instruction: "alpaca", conversations: "sharegpt", messages: "messages" } as const;

function shapeOf(fields: Fields): InstructionShape | RowProblem {
  const found = Object.keys(telling).filter((name) => isGiven(fields[name]));
  const [field, ...more] = found as (keyof typeof telling)[];
  if (field === undefined && isGiven(fields["output"])) return "alpaca";
  if (field === undefined) {
    return badInput("expected instruction, conversations or messages, found none of them");
  }
  if (more.length === 0) return telling[field];
  return badInput(
    `expected one of instruction, conversations and messages, found ${found.join(" and ")}`,
  );
}

function readAlpaca(fields: Fields): Read {
  const instruction = toText("instruction", fields["instruction"]);
  if (typeof instruction !== "string") return instruction;
  const input = fields["input"] ?? "";
  if (typeof input !== "string") return badInput(`input: expected text, found ${describe(input)}`);
  const output = toText("output", fields["output"]);
  if (typeof output !== "string") return output;
  const content = input.trim() === "" ? instruction : `${instruction}\n\n${input}`;
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

function readShareGpt({ conversations, system: given }: Fields): Read {
  const read = readList("conversations", conversations, shareGptForm);
  const system = readSystem(given);
  if ("problem" in read || "problem" in system || system.messages.length === 0) {
    return "problem" in system ? system : read;
  }
  if (read.messages[0]?.role === "system") {
    return badInput("expected a system text in system or in conversations, found both");
  }
  return { messages: [...system.messages, ...read.messages] };
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
