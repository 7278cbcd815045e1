import { toPairRow } from "../rows/pair-row.ts";
import { toPromptRow } from "../rows/prompt-row.ts";
import { readRecords, type InputRecord } from "../read/read-records.ts";
import { isFields } from "../read/row-value.ts";
import { exampleOfRow, type DatasetExample } from "./dataset-example.ts";

/** An example, or why a row can't be one: its place and the reason. */
export type ExampleRead =
  | { readonly ok: true; readonly example: DatasetExample }
  | { readonly ok: false; readonly detail: string };

/**
 * Whether a file holds pairs or prompts, by its first row that is an object: pairs have `a` and
 * `b`.
 */
export async function kindOfFile(file: string): Promise<"prompts" | "pairs"> {
  for await (const record of readRecords(file)) {
    if (!("value" in record) || !isFields(record.value)) continue;
    return "a" in record.value && "b" in record.value ? "pairs" : "prompts";
  }
  return "prompts";
}

/**
 * The rows of a file of prompts or pairs as examples, in order.
 *
 * @throws FellowshipError `bad_input` for a file that can't be read.
 */
export async function* fileExamples(
  file: string,
  kind: "prompts" | "pairs",
): AsyncGenerator<ExampleRead> {
  for await (const record of readRecords(file)) yield exampleOfRecord(record, kind);
}

function exampleOfRecord(record: InputRecord, kind: "prompts" | "pairs"): ExampleRead {
  const read = kind === "pairs" ? toPairRow(record) : toPromptRow(record);
  if (!read.ok) return { ok: false, detail: read.detail };
  // A row that could be read is an object.
  const fields = "value" in record && isFields(record.value) ? record.value : {};
  return { ok: true, example: exampleOfRow(kind, { number: record.number, fields }) };
}
