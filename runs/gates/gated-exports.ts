import type { Candidate } from "../../datasets/gates/gate.ts";
import {
  openExports,
  type ExportKind,
  type ExportWriter,
} from "../../datasets/export/export-kind.ts";
import type { OutputSet } from "../../datasets/export/output-set.ts";
import { isGated, siftLines, type GateCounts, type GateOptions, type SiftedLine } from "./sift.ts";

/** The file of a run that lists the lines which its gates dropped. */
export const droppedName = "dropped.jsonl";

type Row = { readonly number: number; readonly result: { readonly id: string } };
type Line = Readonly<Record<string, unknown>>;

export type GatedExports<Own extends Row> = {
  /** What a run's gates are; none where undefined. */
  readonly gates: GateOptions | undefined;
  /** The rows from the start, once more: gates look at all lines before the first is written. */
  readonly rows: () => AsyncIterable<Own>;
  /** @param name The data file, without its ending. */
  readonly candidateOf: (name: string, line: Line, row: Own) => Candidate;
};

/**
 * Opens the data files of a run for the lines that its gates let pass; `dropped.jsonl` lists the
 * others, each with its gate.
 */
export async function openGatedExports<Own extends Row, Settings>(
  set: OutputSet,
  kinds: readonly ExportKind<Own, Settings>[],
  settings: Settings,
  gated: GatedExports<Own>,
): Promise<{
  exported: ExportWriter<Own>;
  counts: { gates?: Readonly<Record<string, GateCounts>> };
}> {
  const { gates } = gated;
  if (!isGated(gates)) return { exported: await openExports(set, kinds, settings), counts: {} };
  const sieve = await siftLines(linesOf(kinds, settings, gated), gates);
  const writeDrop = await set.jsonl(droppedName);
  const exported = await openExports(set, kinds, settings, async (name, row, index) => {
    const drop = sieve.dropOf(name, row.number, index);
    if (drop === undefined) return true;
    await writeDrop({ id: row.result.id, row: row.number, file: name, line: index + 1, ...drop });
    return false;
  });
  return { exported, counts: { gates: sieve.counts } };
}

async function* linesOf<Own extends Row, Settings>(
  kinds: readonly ExportKind<Own, Settings>[],
  settings: Settings,
  { rows, candidateOf }: GatedExports<Own>,
): AsyncGenerator<SiftedLine> {
  for await (const row of rows()) {
    for (const { name, linesOf: draw } of kinds) {
      for (const [index, line] of draw(row, settings, () => undefined).entries()) {
        yield { file: name, index, candidate: candidateOf(name, line, row) };
      }
    }
  }
}
