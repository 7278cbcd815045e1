import { join } from "node:path";
import { openAtomicFile } from "../../../storage/atomic-file.ts";
import type { WaveFile } from "./batch-state.ts";
import { linesInFile } from "./lines-in-file.ts";
import { inputName } from "./wave-names.ts";

const pieceBytes = 1024 * 1024;

/** Writes the calls of a wave's file into two files of half the size each, beside it. */
export async function splitFile(
  folder: string,
  { stem, model, calls, worstUsd }: WaveFile,
): Promise<[WaveFile, WaveFile]> {
  const inFirst = Math.ceil(calls / 2);
  const halfOf = (number: number, count: number): WaveFile => ({
    stem: `${stem}.half-${number}`,
    model,
    calls: count,
    // About: what each call can cost is not in its line.
    worstUsd: (worstUsd * count) / calls,
  });
  const halves = [halfOf(1, inFirst), halfOf(2, calls - inFirst)] as const;
  const lines = linesInFile(join(folder, inputName(stem)));
  for (const half of halves) {
    const file = await openAtomicFile(join(folder, inputName(half.stem)));
    try {
      let piece = "";
      for (let written = 0; written < half.calls; written += 1) {
        const { value } = await lines.next();
        piece += `${value?.bytes?.toString("utf8") ?? ""}\n`;
        if (piece.length < pieceBytes) continue;
        await file.append(Buffer.from(piece));
        piece = "";
      }
      await file.append(Buffer.from(piece));
      await file.commit();
    } finally {
      await file.discard();
    }
  }
  await lines.return(undefined);
  return [...halves];
}
