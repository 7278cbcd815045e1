import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type * as z from "zod";
import { openJsonlWriter } from "../write/jsonl-writer.ts";
import type { WrittenFile } from "../write/open-output.ts";
import type { ParquetFileWriter, ParquetOptions } from "../write/parquet-writer.ts";
import { usedPaths } from "../write/used-paths.ts";
import { toWellFormed } from "../write/well-formed.ts";

type Line = Readonly<Record<string, unknown>>;

/** A data file as JSONL and as Parquet, of the same lines in the same order. */
export type DualWriter<Written> = {
  /**
   * Adds a line to both. Returns a promise where the caller should wait before the next one.
   *
   * @throws ZodError for a line that is not of the schema, as a pair of equal texts (`sameTexts`)
   */
  write(line: Written): Promise<unknown> | undefined;
  /** Makes the Parquet file of the lines; after the last line. A commit does it where needed. */
  prepare(): Promise<void>;
  /**
   * Gives both files their names. `repaired` counts the texts in which lone surrogates became
   * U+FFFD.
   */
  commit(): Promise<{ files: ({ name: string } & WrittenFile)[]; repaired: number }>;
  /** Leaves no trace of files that are not committed. May be called at any time. */
  abort(): Promise<void>;
};

/**
 * Opens `NAME.jsonl` and `NAME.parquet` in a directory, for lines of one schema. Both hold the same
 * lines and the same columns, and conversations are lists of messages in either. A column without a
 * value in any line is in neither file: some trainers take one of nothing but nulls for numbers. So
 * the Parquet file is made of the finished JSONL file, once the columns are known.
 *
 * @throws FellowshipError `storage_failed` out of this and all its functions; see `openOutput`
 * @example
 * const dpo = await openDualWriter(directory, "dpo", DpoLine);
 * await dpo.write({ id: "1", prompt, chosen, rejected, source: { row: 1, round: 2 } });
 * const { files, repaired } = await dpo.commit();
 */
export async function openDualWriter<Schema extends z.ZodObject>(
  directory: string,
  name: string,
  schema: Schema,
  options: ParquetOptions = {},
): Promise<DualWriter<z.infer<Schema>>> {
  const jsonl = await openJsonlWriter(join(directory, `${name}.jsonl`));
  const used = new Set<string>();
  let lines = 0;
  let repaired = 0;
  let parquet: ParquetFileWriter | undefined;

  async function prepare(): Promise<ParquetFileWriter> {
    if (parquet !== undefined) return parquet;
    const content = await jsonl.flush();
    const isUsed = lines === 0 ? undefined : (path: string) => used.has(path);
    // Loaded here: many commands open data files late or never.
    const { openParquetWriter } = await import("../write/parquet-writer.ts");
    parquet = await openParquetWriter(join(directory, `${name}.parquet`), schema, {
      ...options,
      isUsed,
    });
    const input = createReadStream(content);
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      await parquet.write(JSON.parse(line) as Line);
    }
    return parquet;
  }

  return {
    write(line) {
      const wellFormed = toWellFormed(schema.parse(line));
      repaired += wellFormed.repaired;
      lines += 1;
      usedPaths(wellFormed.value, used);
      return jsonl.write(wellFormed.value);
    },
    async prepare() {
      await prepare();
    },
    async commit() {
      const prepared = await prepare();
      const files = [
        { name: `${name}.jsonl`, ...(await jsonl.commit()) },
        { name: `${name}.parquet`, ...(await prepared.commit()) },
      ];
      return { files, repaired };
    },
    async abort() {
      await Promise.all([jsonl.abort(), parquet?.abort()]);
    },
  };
}
