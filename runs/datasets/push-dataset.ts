import { stat } from "node:fs/promises";
import type { DatasetExample, DatasetKind } from "../../datasets/langsmith/dataset-example.ts";
import {
  fileExamples,
  kindOfFile,
  type ExampleRead,
} from "../../datasets/langsmith/file-examples.ts";
import type { LangSmithStore } from "../../datasets/langsmith/langsmith-store.ts";
import { pushExamples, type PushCounts } from "../../datasets/langsmith/push-examples.ts";
import { runExamples } from "./run-examples.ts";

export type DatasetSourceOptions = {
  /** A file of prompts or pairs, or the directory of a run. */
  readonly source: string;
  /** What a file holds; where not given, its first row tells. */
  readonly kind?: "prompts" | "pairs" | undefined;
  /** Only the first rows. */
  readonly limit?: number | undefined;
};

/** What is to be pushed. */
export type DatasetSource = {
  readonly kind: DatasetKind;
  readonly examples: () => AsyncGenerator<ExampleRead>;
};

export type PushedRows = PushCounts & { readonly unusable: Unusable };

/** Rows that can't be pushed, and why the first can't. */
export type Unusable = { readonly count: number; readonly first: string | null };

/**
 * @throws FellowshipError `bad_input` or `bad_usage` for what is neither a file of rows nor a run.
 */
export async function openDatasetSource(options: DatasetSourceOptions): Promise<DatasetSource> {
  const { source, limit = Infinity } = options;
  const isDirectory = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isDirectory) return { kind: "results", examples: () => first(runExamples(source), limit) };
  const kind = options.kind ?? (await kindOfFile(source));
  return { kind, examples: () => first(fileExamples(source, kind), limit) };
}

/** Counts what would be pushed. */
export async function countExamples({
  examples,
}: DatasetSource): Promise<{ usable: number; unusable: Unusable }> {
  const { usable, unusable } = sieve(examples());
  let count = 0;
  for await (const _ of usable) count += 1;
  return { usable: count, unusable: unusable() };
}

/** Pushes what a source holds, as `pushExamples` does. */
export async function pushDataset(
  store: LangSmithStore,
  { kind, examples }: DatasetSource,
  { name, onBatch }: { readonly name: string; readonly onBatch?: (counts: PushCounts) => void },
): Promise<PushedRows> {
  const { usable, unusable } = sieve(examples());
  const options = { name, kind, examples: usable, ...(onBatch === undefined ? {} : { onBatch }) };
  const counts = await pushExamples(store, options);
  return { ...counts, unusable: unusable() };
}

/** Lets usable examples through and counts the others. */
function sieve(examples: AsyncIterable<ExampleRead>) {
  let count = 0;
  let reason: string | null = null;
  async function* usable(): AsyncGenerator<DatasetExample> {
    for await (const read of examples) {
      if (read.ok) {
        yield read.example;
        continue;
      }
      count += 1;
      reason ??= read.detail;
    }
  }
  return { usable: usable(), unusable: (): Unusable => ({ count, first: reason }) };
}

async function* first<Item>(items: AsyncIterable<Item>, limit: number): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of items) {
    if (count >= limit) return;
    count += 1;
    yield item;
  }
}
