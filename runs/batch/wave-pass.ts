import type { AddedCall, Pass } from "./batch-calls.ts";
import type { BatchPlace } from "./batch-place.ts";
import type { BroughtAnswers } from "./wave-files/brought-answers.ts";
import { createIdTable } from "./wave-files/id-table.ts";
import type { WaveWriter } from "./wave-files/wave-writer.ts";

/** What a pass reads from, and writes to. */
export type PassFiles = {
  /** What the last wave brought; null where none did. */
  readonly brought: BroughtAnswers | null;
  /** The next wave. */
  readonly writer: WaveWriter;
};

/** Passes through all rows, one after another. */
export type WavePass = Pass & {
  readonly begin: (files: PassFiles | null) => void;
  readonly files: PassFiles | null;
  /** Whether rows were given up in this pass. */
  readonly hasParked: boolean;
  /** Why the budget left no room for a call; null where it had room for all. */
  readonly shortfall: string | null;
  /** What is set aside for the last wave, in units of the budget. */
  held: number;
};

export function createWavePass({ lineOf, bytesOf }: BatchPlace, held: number): WavePass {
  let files: PassFiles | null = null;
  let hasParked = false;
  let shortfall: string | null = null;
  return {
    held,
    written: createIdTable(),
    noted: new Set(),
    get files() {
      return files;
    },
    get hasParked() {
      return hasParked;
    },
    get shortfall() {
      return shortfall;
    },
    begin(next) {
      files = next;
      hasParked = false;
      shortfall = null;
      this.written.clear();
      this.noted.clear();
    },
    find: async (id) => files?.brought?.find(id),
    async add(model: string, { id, body, worst }: AddedCall) {
      hasParked = true;
      const bytes = bytesOf?.(model, id, body);
      await files?.writer.add(model, { line: lineOf(id, body), bytes, worst });
    },
    defer(text) {
      hasParked = true;
      shortfall ??= text;
    },
    free(asked) {
      const freed = Math.min(asked, this.held);
      this.held -= freed;
      return freed;
    },
  };
}
