/** What the rows of a data set are: prompts, pairs, or what a run made of its rows. */
export type DatasetKind = "prompts" | "pairs" | "results";

export const datasetKinds: readonly DatasetKind[] = ["prompts", "pairs", "results"];

type Fields = Readonly<Record<string, unknown>>;

/** A row as LangSmith keeps it. */
export type DatasetExample = {
  /** What a target is given. */
  readonly inputs: Fields;
  /**
   * What should come out, or did: people's labels of a pair, a run's result; undefined for a prompt
   * alone.
   */
  readonly outputs: Fields | undefined;
  /**
   * `fellowship` (the kind) and `row`; besides these the row's own `id` and other `fields`, and of
   * a result its `run`.
   */
  readonly metadata: Fields;
};

/** A row of ours with its place in the file. */
export type SourceRow = { readonly number: number; readonly fields: Fields };

/** What a run was, for the examples of its results. */
export type RunFacts = { readonly command: string } & Fields;

const inputNames: Readonly<Record<string, readonly string[]>> = {
  prompts: ["prompt", "messages"],
  pairs: ["prompt", "messages", "a", "b"],
  evolve: ["instruction", "input", "output", "conversations", "messages"],
};
const labelNames = ["label", "labels"];

/**
 * A prompt or a pair (contract section 3) as an example; nothing of it is lost (`rowOfExample`).
 */
export function exampleOfRow(
  kind: "prompts" | "pairs",
  { number, fields }: SourceRow,
): DatasetExample {
  const inputs = pick(fields, inputNames[kind] ?? []);
  const labels = kind === "pairs" ? pick(fields, labelNames) : {};
  const known = { ...inputs, ...labels };
  return {
    inputs,
    outputs: Object.keys(labels).length === 0 ? undefined : labels,
    metadata: { fellowship: kind, row: number, ...rest(fields, known) },
  };
}

/**
 * What a run made of a row as an example.
 *
 * @param row The row as the run was given it.
 */
export function exampleOfResult(row: SourceRow, result: Fields, run: RunFacts): DatasetExample {
  const { number, fields } = row;
  const kind =
    run.command === "evaluate" ? "pairs" : run.command === "evolve" ? "evolve" : "prompts";
  const inputs = pick(fields, inputNames[kind] ?? []);
  return {
    inputs,
    outputs: result,
    metadata: { fellowship: "results", row: number, ...rest(fields, inputs), run },
  };
}

function pick(fields: Fields, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (Object.hasOwn(fields, name)) picked[name] = fields[name];
  }
  return picked;
}

/** The id, and under `fields` what is neither the id nor known. */
function rest(fields: Fields, known: Fields): Fields {
  const others: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(fields)) {
    if (name !== "id" && !Object.hasOwn(known, name)) others[name] = value;
  }
  return {
    ...(Object.hasOwn(fields, "id") ? { id: fields["id"] } : {}),
    ...(Object.keys(others).length === 0 ? {} : { fields: others }),
  };
}
