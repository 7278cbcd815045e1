import { toInstructionRow } from "../rows/instruction-row.ts";
import { toPairRow } from "../rows/pair-row.ts";
import { toPromptRow } from "../rows/prompt-row.ts";
import { isFields } from "../read/row-value.ts";
import { datasetKinds } from "./dataset-example.ts";

/** What a command reads: `generate` prompts, `evaluate` pairs, `evolve` instructions. */
export type RowKind = "prompts" | "pairs" | "instructions";

/** An example as it comes from LangSmith, where anyone may have put anything. */
export type GivenExample = {
  readonly id: string;
  readonly inputs?: unknown;
  readonly outputs?: unknown;
  readonly metadata?: unknown;
};

export type RowOfExample =
  | { readonly ok: true; readonly kind: RowKind; readonly fields: Record<string, unknown> }
  | { readonly ok: false; readonly problem: string };

type Fields = Record<string, unknown>;

const readers = { prompts: toPromptRow, pairs: toPairRow, instructions: toInstructionRow };

/**
 * An example as a row that our commands read. One that was pushed from here is the row it was, with
 * what was added to it since under `reference`, and a run's result under `result`. Another's is a
 * pair where its inputs hold `a` and `b`, else a prompt: `prompt`, `messages`, or the only text
 * among its inputs.
 *
 * @param promptField The input that is the prompt, where neither of these says it.
 */
export function rowOfExample(
  example: GivenExample,
  { promptField }: { readonly promptField?: string | undefined } = {},
): RowOfExample {
  const { inputs, metadata } = example;
  if (!isFields(inputs)) return { ok: false, problem: "its inputs are no object" };
  const isOurs = isFields(metadata) && datasetKinds.some((kind) => kind === metadata["fellowship"]);
  const row = isOurs ? ownRow(example, inputs, metadata) : foreignRow(example, inputs, promptField);
  if (typeof row === "string") return { ok: false, problem: row };
  // Whatever it says it is: a command must be able to read it.
  const read = readers[row.kind]({ number: 1, place: "example", value: row.fields });
  if (read.ok) return { ok: true, ...row };
  return { ok: false, problem: read.detail.replace(/^example: /, "") };
}

type Row = { readonly kind: RowKind; readonly fields: Fields };

function ownRow({ outputs }: GivenExample, inputs: Fields, metadata: Fields): Row {
  const given = isFields(outputs) ? outputs : {};
  const isResult = metadata["fellowship"] === "results";
  const { label, labels, ...others } = given;
  const labelled = { ...present("label", label), ...present("labels", labels) };
  const isPair = metadata["fellowship"] === "pairs";
  const added = isPair ? others : given;
  const fields = merged(
    Object.hasOwn(metadata, "id") ? { id: metadata["id"] } : {},
    inputs,
    isPair ? labelled : {},
    isResult ? { result: outputs } : {},
    isFields(metadata["fields"]) ? metadata["fields"] : {},
    isResult || Object.keys(added).length === 0 ? {} : { reference: added },
  );
  return { kind: kindOf(inputs, metadata), fields };
}

function kindOf(inputs: Fields, metadata: Fields): RowKind {
  const { run } = metadata;
  if (isFields(run) && run["command"] === "evolve") return "instructions";
  return isFields(inputs["a"]) && isFields(inputs["b"]) ? "pairs" : "prompts";
}

function foreignRow(
  { id, outputs, metadata }: GivenExample,
  inputs: Fields,
  promptField: string | undefined,
): Row | string {
  const kind = kindOf(inputs, {});
  const { label, labels, ...reference } = isFields(outputs) ? outputs : {};
  const besides = {
    ...(Object.keys(reference).length === 0 ? {} : { reference }),
    ...(isFields(metadata) && Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
  if (kind === "pairs") {
    const labelled = { ...present("label", label), ...present("labels", labels) };
    return { kind, fields: merged({ id }, inputs, labelled, besides) };
  }
  const name = promptField ?? promptAmong(inputs);
  if (name === undefined || !Object.hasOwn(inputs, name)) {
    const names = Object.keys(inputs).join(", ") || "none";
    return `none of its inputs is known to be the prompt (${names}); name it with --prompt`;
  }
  const { [name]: prompt, ...others } = inputs;
  return {
    kind,
    fields: merged(
      { id, [Array.isArray(prompt) ? "messages" : "prompt"]: prompt },
      others,
      besides,
    ),
  };
}

function promptAmong(inputs: Fields): string | undefined {
  const named = ["prompt", "messages"].find((name) => Object.hasOwn(inputs, name));
  if (named !== undefined) return named;
  const texts = Object.keys(inputs).filter((name) => typeof inputs[name] === "string");
  return texts.length === 1 ? texts[0] : undefined;
}

function present(name: string, value: unknown): Fields {
  return value === undefined ? {} : { [name]: value };
}

/** All fields in one object without a prototype; where a name occurs twice, the first counts. */
function merged(...parts: readonly Fields[]): Fields {
  const fields: Fields = Object.create(null);
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) {
      if (!Object.hasOwn(fields, name)) fields[name] = value;
    }
  }
  return fields;
}
