import { FellowshipError } from "../../state/fellowship-error.ts";
import { isFields } from "../read/row-value.ts";
import type { DatasetExample, DatasetKind } from "./dataset-example.ts";
import { canonicalJson, exampleId } from "./example-id.ts";
import type { IdentifiedExample, LangSmithStore } from "./langsmith-store.ts";

export type PushOptions = {
  readonly name: string;
  readonly kind: DatasetKind;
  readonly examples: AsyncIterable<DatasetExample>;
  /** Told after every batch. */
  readonly onBatch?: (counts: PushCounts) => void;
};

/** `present`: were there before. */
export type PushCounts = { readonly added: number; readonly present: number };

/** One request holds no more than this. */
const largest = { examples: 100, characters: 4 * 1024 * 1024 };

/**
 * Brings examples into a data set of LangSmith, which is made where there is none. An example that
 * is there is not sent again, so that pushing twice changes nothing, and pushing again after a stop
 * goes on. Nothing in the data set is changed or removed.
 *
 * @throws FellowshipError `bad_usage` where the data set holds something else, `service_failed`
 *   with the count of what was sent before.
 */
export async function pushExamples(
  store: LangSmithStore,
  options: PushOptions,
): Promise<PushCounts> {
  const { name, kind, examples, onBatch } = options;
  const datasetId = await datasetFor(store, name, kind);
  let counts: PushCounts = { added: 0, present: 0 };
  for await (const batch of batchesOf(identified(datasetId, examples))) {
    const ids = batch.map(({ id }) => id);
    try {
      const there = await store.present(datasetId, ids);
      const missing = batch.filter(({ id }) => !there.has(id));
      if (missing.length > 0) await store.upload(datasetId, missing);
      counts = { added: counts.added + missing.length, present: counts.present + there.size };
    } catch (cause) {
      throw withCounts(cause, counts);
    }
    onBatch?.(counts);
  }
  return counts;
}

async function datasetFor(store: LangSmithStore, name: string, kind: DatasetKind): Promise<string> {
  const dataset = await store.find(name);
  if (dataset === null) {
    const made = await store.create(name, `Fellowship: ${kind}`);
    return made.id;
  }
  const example = await store.anyExample(dataset.id);
  const isOther = (held: string) =>
    new FellowshipError(
      "bad_usage",
      `The data set ${name} at ${store.endpoint} holds ${held}, not ${kind}; choose another ` +
        "--name.",
      { facts: { name, kind } },
    );
  if (dataset.dataType !== "kv") throw isOther(`examples of type ${dataset.dataType}`);
  if (example === null) return dataset.id;
  const held = isFields(example.metadata) ? example.metadata["fellowship"] : undefined;
  if (typeof held !== "string") throw isOther("what was not pushed from here");
  if (held !== kind) throw isOther(held);
  return dataset.id;
}

/** Rows of the same content are distinguished by their order, whatever is between them. */
async function* identified(
  datasetId: string,
  examples: AsyncIterable<DatasetExample>,
): AsyncGenerator<IdentifiedExample> {
  const seen = new Map<string, number>();
  for await (const example of examples) {
    const { inputs, outputs, metadata } = example;
    const content = canonicalJson({ inputs, outputs, metadata: { ...metadata, row: undefined } });
    const first = exampleId(datasetId, content, 1);
    const occurrence = (seen.get(first) ?? 0) + 1;
    seen.set(first, occurrence);
    yield { ...example, id: occurrence === 1 ? first : exampleId(datasetId, content, occurrence) };
  }
}

async function* batchesOf(
  examples: AsyncIterable<IdentifiedExample>,
): AsyncGenerator<IdentifiedExample[]> {
  let batch: IdentifiedExample[] = [];
  let characters = 0;
  for await (const example of examples) {
    const size = JSON.stringify(example).length;
    const isFull = batch.length >= largest.examples || characters + size > largest.characters;
    if (isFull && batch.length > 0) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    batch.push(example);
    characters += size;
  }
  if (batch.length > 0) yield batch;
}

function withCounts(cause: unknown, { added, present }: PushCounts): unknown {
  if (!(cause instanceof FellowshipError)) return cause;
  const message = `${cause.message} ${added + present} rows are there; the same command goes on.`;
  return new FellowshipError(cause.code, message, {
    facts: { ...cause.facts, added, present },
    cause,
  });
}
