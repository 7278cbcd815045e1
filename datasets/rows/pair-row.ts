import { createHash } from "node:crypto";
import type { Candidate } from "../../state/candidate.ts";
import type { Message } from "../../state/message.ts";
import { promptProblem, toMessages } from "./conversation.ts";
import type { InputRecord } from "../read/read-records.ts";
import { toPairFields } from "./pair-forms.ts";
import type { RowFailure } from "./row-fields.ts";
import { extraFields, openRow, promptOf, rowFailure } from "./row-fields.ts";
import type { RowProblem } from "../read/row-value.ts";
import { badInput, describe, isFields, quote } from "../read/row-value.ts";

/** What people say of a pair. */
export type PairLabel = "a" | "b" | "tie";

/** Two responses to one prompt, for an evaluator to choose between (contract section 3). */
export type PairRow = {
  /** 1-based place in the input; the key. */
  number: number;
  /** A label, that may repeat: the row's own, or its number as text. */
  id: string;
  /** The prompt; ends with the user. */
  messages: Message[];
  a: Candidate;
  b: Candidate;
  /**
   * The people's verdict: as given, else the strict majority of `labels`, else a tie; absent
   * without any label.
   */
  label?: PairLabel;
  /** Who said what, in an object without a prototype. */
  labels?: Record<string, PairLabel>;
  /** The row's other fields, in an object without a prototype. */
  extra: Record<string, unknown>;
  /** Where fields were read from columns of other names: "a from chosen". */
  taken?: readonly string[];
};

const known = new Set(["id", "prompt", "messages", "a", "b", "label", "labels"]);

type Labels = Pick<PairRow, "label" | "labels">;
type PairFields = Omit<PairRow, "number" | "id" | "extra" | "taken">;

/**
 * Reads a row as a pair:
 * `{"id"?, "prompt" | "messages", "a": {"text" | "messages", "model"?}, "b": {…}, "label"?,
 * "labels"?: {WHO: label}}`,
 * or in another form that `toPairFields` knows. An empty text is a valid response. Where the row
 * has no prompt of its own, the conversation in `a` and `b` up to the response is the prompt, if
 * both agree on it.
 */
export function toPairRow(record: InputRecord): { ok: true; row: PairRow } | RowFailure {
  const opened = openRow(record);
  if (!opened.ok) return opened;
  const { number, id, fields } = opened.row;
  const { fields: given, taken } = toPairFields(fields);
  const pair = lackingResponse(fields, given) ?? toPair(given);
  if ("problem" in pair) return rowFailure(record, id, pair);
  const extra = extraFields(given, known);
  return { ok: true, row: { number, id, ...pair, extra, ...(taken.length > 0 ? { taken } : {}) } };
}

/** A short name of a row's prompt, the same for rows that ask the same. */
export function promptKey({ messages }: Pick<PairRow, "messages">): string {
  return createHash("sha256").update(JSON.stringify(messages)).digest("base64url").slice(0, 16);
}

function toPair(fields: Readonly<Record<string, unknown>>): PairFields | RowProblem {
  const a = toCandidate("a", fields["a"]);
  if ("problem" in a) return a;
  const b = toCandidate("b", fields["b"]);
  if ("problem" in b) return b;
  const prompt = promptOf(fields) ?? sharedPrompt(a, b);
  if ("problem" in prompt) return prompt;
  const labels = toLabels(fields);
  if ("problem" in labels) return labels;
  return { messages: prompt.messages, a, b, ...labels };
}

/** The problem of a row with one of `chosen` and `rejected` and no pair in another form. */
function lackingResponse(
  fields: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
): RowProblem | null {
  const isThere = (from: typeof fields, name: string) => (from[name] ?? undefined) !== undefined;
  if (isThere(given, "a") && isThere(given, "b")) return null;
  const [has, lacks] = isThere(fields, "chosen") ? ["chosen", "rejected"] : ["rejected", "chosen"];
  if (!isThere(fields, has) || isThere(fields, lacks)) return null;
  return badInput(`expected ${lacks} beside ${has}, found ${has} alone`);
}

function toCandidate(side: "a" | "b", value: unknown): Candidate | RowProblem {
  if (typeof value === "string") return { text: value };
  if (!isFields(value)) {
    return badInput(
      `${side}: expected text or an object with text or messages, found ${describe(value)}`,
    );
  }
  const text = value["text"] ?? undefined;
  const model = value["model"] ?? undefined;
  if (text !== undefined && typeof text !== "string") {
    return badInput(`${side}.text: expected text, found ${describe(text)}`);
  }
  if (model !== undefined && typeof model !== "string") {
    return badInput(`${side}.model: expected text, found ${describe(model)}`);
  }
  const named = model === undefined ? {} : { model };
  const given = value["messages"] ?? undefined;
  if (given === undefined) {
    if (text !== undefined) return { text, ...named };
    return badInput(`${side}: expected text or messages, found neither`);
  }
  const read = toMessages(`${side}.messages`, given);
  if ("problem" in read) return read;
  const last = read.messages.at(responseIndex(read.messages));
  if (last?.role !== "assistant") {
    return badInput(`${side}.messages: expected an assistant message, found none`);
  }
  return { text: text ?? last.content, messages: read.messages, ...named };
}

function responseIndex(messages: readonly Message[]): number {
  return messages.findLastIndex((message) => message.role === "assistant");
}

function sharedPrompt(a: Candidate, b: Candidate): { messages: Message[] } | RowProblem {
  const prompts = [a.messages, b.messages]
    .filter((messages) => messages !== undefined)
    .map((messages) => messages.slice(0, responseIndex(messages)));
  const [prompt, other] = prompts;
  if (prompt === undefined) return badInput("expected prompt or messages, found neither");
  if (other !== undefined && JSON.stringify(prompt) !== JSON.stringify(other)) {
    return badInput(
      "expected a prompt, or the same conversation before the response in a and b, found " +
        "different ones. Give the row a prompt or messages",
    );
  }
  return (
    promptProblem(
      prompts.length === 1 && a.messages === undefined ? "b.messages" : "a.messages",
      prompt,
    ) ?? {
      messages: prompt,
    }
  );
}

function toLabels(fields: Readonly<Record<string, unknown>>): Labels | RowProblem {
  const label = labelOf(fields["label"] ?? undefined);
  if (label !== undefined && !isLabel(label)) return badLabel("label", label);
  const given = fields["labels"] ?? undefined;
  if (given === undefined) return label === undefined ? {} : { label };
  if (!isFields(given)) {
    return badInput(
      `labels: expected an object of labels by who gave them, found ${describe(given)}`,
    );
  }
  const labels: Record<string, PairLabel> = Object.create(null);
  for (const [who, word] of Object.entries(given)) {
    const said = labelOf(word);
    // A Parquet struct has a field for everyone, also for those who said nothing.
    if (said === null) continue;
    if (!isLabel(said)) return badLabel(`labels.${who}`, said);
    labels[who] = said;
  }
  const verdict = label ?? majorityLabel(Object.values(labels));
  return { ...(verdict === undefined ? {} : { label: verdict }), labels };
}

/** Words of MT-Bench and of tables that can mean one verdict only. */
const labelWords: ReadonlyMap<unknown, PairLabel> = new Map([
  ["model_a", "a"],
  ["model_b", "b"],
  ["response_a", "a"],
  ["response_b", "b"],
  ["tie (inconsistent)", "tie"],
  ["tie (bothbad)", "tie"],
]);

function labelOf(value: unknown): unknown {
  return labelWords.get(value) ?? value;
}

function isLabel(value: unknown): value is PairLabel {
  return value === "a" || value === "b" || value === "tie";
}

function badLabel(field: string, value: unknown): RowProblem {
  return badInput(`${field}: expected "a", "b" or "tie", found ${quote(value)}`);
}

/** The label that more than half give; a tie where none is; undefined for no labels. */
export function majorityLabel(labels: readonly PairLabel[]): PairLabel | undefined {
  if (labels.length === 0) return undefined;
  const half = labels.length / 2;
  const winner = (["a", "b"] as const).find(
    (side) => labels.filter((label) => label === side).length > half,
  );
  return winner ?? "tie";
}
