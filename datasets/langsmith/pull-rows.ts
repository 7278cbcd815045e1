import { FellowshipError } from "../../state/fellowship-error.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { openJsonlWriter } from "../write/jsonl-writer.ts";
import { isFields } from "../read/row-value.ts";
import type { LangSmithStore } from "./langsmith-store.ts";
import { rowOfExample, type RowKind } from "./row-of-example.ts";

export type PullOptions = {
  readonly name: string;
  /** Where the rows go, JSONL. */
  readonly file: string;
  /** Writes over a file that is there. */
  readonly force: boolean;
  /** Only rows of this kind; where not given, all must be of one. */
  readonly kind?: RowKind | undefined;
  /** The input that is the prompt, in data sets of others. */
  readonly promptField?: string | undefined;
};

export type Pulled = {
  readonly kind: RowKind | null;
  readonly rows: number;
  /** Examples of another kind than was asked for. */
  readonly others: number;
  /** Examples that no command could read, and why the first could not. */
  readonly unusable: { readonly count: number; readonly first: string | null };
};

type Row = {
  readonly number: number;
  readonly createdAt: string;
  readonly id: string;
  readonly kind: RowKind;
  readonly fields: unknown;
};

/**
 * Writes a data set of LangSmith as rows that our commands read, in the order in which they were
 * pushed; another's in the order in which it was made. All rows are held in memory until they are
 * in order. Nothing in the data set decides where anything is written.
 *
 * @throws FellowshipError `bad_usage` for a data set that is not there, kinds that don't go
 *   together, a file that is there; `service_failed`, `storage_failed`. The file is there only when
 *   it is whole.
 */
export async function pullRows(store: LangSmithStore, options: PullOptions): Promise<Pulled> {
  const { name, file, force } = options;
  await refuseOverwrite(file, { force, option: "--to" });
  const dataset = await store.find(name);
  if (dataset === null) {
    throw new FellowshipError("bad_usage", `There is no data set ${name} at ${store.endpoint}.`);
  }
  const { rows, unusable } = await readRows(store, dataset.id, options);
  const kind = options.kind ?? onlyKind(name, rows);
  const wanted = rows.filter((row) => row.kind === kind).sort(inOrder);
  const writer = await openJsonlWriter(file);
  try {
    for (const { fields } of wanted) await writer.write(fields);
    await writer.commit();
  } finally {
    await writer.abort();
  }
  return { kind, rows: wanted.length, others: rows.length - wanted.length, unusable };
}

async function readRows(store: LangSmithStore, datasetId: string, { promptField }: PullOptions) {
  // Where examples are added meanwhile, a page may repeat examples of the one before.
  const rows = new Map<string, Row>();
  const unusable = { count: 0, first: null as string | null };
  for await (const example of store.examples(datasetId)) {
    const read = rowOfExample(example, { promptField });
    if (!read.ok) {
      unusable.count += 1;
      unusable.first ??= `example ${example.id}: ${read.problem}`;
      continue;
    }
    const place = isFields(example.metadata) ? example.metadata["row"] : undefined;
    rows.set(example.id, {
      number: typeof place === "number" ? place : Infinity,
      createdAt: example.created_at ?? "",
      id: example.id,
      kind: read.kind,
      fields: read.fields,
    });
  }
  return { rows: [...rows.values()], unusable };
}

function onlyKind(name: string, rows: readonly Row[]): RowKind | null {
  const kinds = [...new Set(rows.map(({ kind }) => kind))].sort();
  const [kind = null, ...more] = kinds;
  if (more.length === 0) return kind;
  throw new FellowshipError(
    "bad_usage",
    `The data set ${name} holds ${kinds.join(" and ")}; say which with --kind.`,
    { facts: { kinds } },
  );
}

function inOrder(one: Row, other: Row): number {
  if (one.number !== other.number) return one.number - other.number;
  const [first, second] = [one, other].map(({ createdAt, id }) => `${createdAt} ${id}`);
  return first! < second! ? -1 : 1;
}
