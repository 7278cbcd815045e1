import { join } from "node:path";
import type * as z from "zod";
import { openJsonlWriter } from "../write/jsonl-writer.ts";
import type { WrittenFile } from "../write/open-output.ts";
import type { ParquetOptions } from "../write/parquet-writer.ts";
import { openParquetWriter } from "../write/parquet-writer.ts";
import { toWellFormed } from "../write/well-formed.ts";

/** A data file as JSONL and as Parquet, of the same lines in the same order. */
export type DualWriter<Line> = {
  /**
   * Adds a line to both. Returns a promise where the caller should wait before the next one.
   *
   * @throws ZodError for a line that is not of the schema, as a pair of equal texts (`sameTexts`)
   */
  write(line: Line): Promise<unknown> | undefined;
  /** Gives both files their names. `repaired` counts the texts in which lone surrogates became U+FFFD. */
  commit(): Promise<{ files: ({ name: string } & WrittenFile)[]; repaired: number }>;
  /** Leaves no trace of files that are not committed. May be called at any time. */
  abort(): Promise<void>;
};

/**
 * Opens `NAME.jsonl` and `NAME.parquet` in a directory, for lines of one schema. Both hold the same lines, and
 * conversations are lists of messages in either; what a line lacks is null in Parquet.
 *
 * @throws FellowshipError `storage_failed` out of this, `write` and `commit`; see `openOutput`
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
  const parquet = await openParquetWriter(
    join(directory, `${name}.parquet`),
    schema,
    options,
  ).catch(async (error: unknown) => {
    await jsonl.abort();
    throw error;
  });
  let repaired = 0;
  return {
    write(line) {
      const wellFormed = toWellFormed(schema.parse(line));
      repaired += wellFormed.repaired;
      const first = jsonl.write(wellFormed.value);
      const second = parquet.write(wellFormed.value);
      return first === undefined && second === undefined ? undefined : Promise.all([first, second]);
    },
    async commit() {
      const files = [
        { name: `${name}.jsonl`, ...(await jsonl.commit()) },
        { name: `${name}.parquet`, ...(await parquet.commit()) },
      ];
      return { files, repaired };
    },
    async abort() {
      await Promise.all([jsonl.abort(), parquet.abort()]);
    },
  };
}
