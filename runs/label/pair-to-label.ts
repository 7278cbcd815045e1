import { createHash } from "node:crypto";
import {
  majorityLabel,
  promptKey,
  toPairRow,
  type PairLabel,
  type PairRow,
} from "../../datasets/rows/pair-row.ts";
import type { InputRecord } from "../../datasets/read/read-records.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import type { RowFailure } from "../../datasets/rows/row-fields.ts";
import { conversationText } from "../../prompts/fence.ts";
import type { RowReader } from "../input/input-report.ts";

/** A pair for people to judge. */
export type PairToLabel = PairRow & {
  /** Names the texts: equal for pairs with the same prompt and responses. */
  readonly key: string;
  /** Rows of one prompt have one name here. */
  readonly cluster: string;
  /** The labels that the row came with, by person. */
  readonly given: Readonly<Record<string, PairLabel>>;
  /** The row as it was given. */
  readonly input: unknown;
};

/** The person who counts as the author of a row's own `label` in the file of labels. */
export const unnamedPerson = "given";

/** How `label` reads the rows of its input. */
export const pairReader: RowReader<PairToLabel> = {
  toRow: toPairToLabel,
  wanted: [["prompt", "messages"], ["a"], ["b"]],
  preview: ({ messages, a, b }) => ({ prompt: conversationText(messages), a: a.text, b: b.text }),
};

export function toPairToLabel(record: InputRecord): { ok: true; row: PairToLabel } | RowFailure {
  const read = toPairRow(record);
  if (!read.ok) return read;
  const { row } = read;
  const input = "value" in record ? record.value : null;
  const [key, cluster] = [pairKey(row), promptKey(row)];
  return { ok: true, row: { ...row, key, cluster, given: givenLabels(row, input), input } };
}

/** Names the texts of a pair. */
export function pairKey({ messages, a, b }: Pick<PairRow, "messages" | "a" | "b">): string {
  const texts = [messages, a.text, b.text, a.messages ?? null, b.messages ?? null];
  return createHash("sha256").update(JSON.stringify(texts)).digest("base64url").slice(0, 22);
}

/**
 * The row's `labels`, and its `label` where that is a verdict of its own. That `chosen` was chosen
 * is no label of a person's.
 */
function givenLabels(row: PairRow, input: unknown): Record<string, PairLabel> {
  const labels: Record<string, PairLabel> = Object.assign(Object.create(null), row.labels);
  const hasOwn = isFields(input) && (input["label"] ?? undefined) !== undefined;
  if (row.label === undefined || (isPreference(row) && !hasOwn)) return labels;
  if (majorityLabel(Object.values(labels)) !== row.label) labels[unnamedPerson] ??= row.label;
  return labels;
}

function isPreference({ taken }: PairRow): boolean {
  return taken?.includes("a from chosen") === true;
}
