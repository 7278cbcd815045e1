import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { CallAddress } from "../../models/call.ts";
import type { RawAnswer } from "../../models/wire/raw-answer.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import type { TakenFrom } from "../journal/call-journal-record.ts";
import { openRecordedRun, type RecordedRun } from "./recorded-run.ts";

/** Answers of other runs, where the same was asked. */
export type Reuse = {
  /** The first of the runs, in the order given, that has an answer for this call. */
  find(
    address: CallAddress,
    requestHash: string,
  ): Promise<{ readonly answer: RawAnswer; readonly from: TakenFrom } | undefined>;
  /**
   * To be told of every usable row in the order of the input; `question`: what of it is shown to
   * models.
   */
  noteRow(row: number, question: unknown): void;
  finishRow(row: number): void;
  close(): Promise<void>;
};

export type ReuseOptions = {
  readonly directories: readonly string[];
  /** Where the run that asks goes; no run takes answers from itself. */
  readonly ownDirectory: string;
  /** Its input file and how that is read: `inputKeyOf`. */
  readonly input: string;
  readonly agents: readonly BuiltAgent[];
};

/**
 * Opens the runs to take answers from.
 *
 * @throws FellowshipError `bad_usage` where one is the run's own directory or holds no run,
 *   `journal_damaged`
 */
export async function openReuse(options: ReuseOptions): Promise<Reuse> {
  await refuseOwnDirectory(options.ownDirectory, options.directories);
  const runs: RecordedRun[] = [];
  const close = async () => {
    for (const run of runs) await run.close();
  };
  try {
    for (const directory of options.directories) runs.push(await openRecordedRun(directory));
  } catch (error) {
    await close();
    throw error;
  }
  const repeats = createRepeats();
  // Over the same file a row is known by its number, so equal rows don't matter.
  const needsRepeats = runs.some(({ input }) => input !== options.input);
  return {
    async find(address, requestHash) {
      for (const run of runs) {
        const answer = await run.find(address, requestHash, {
          agents: options.agents,
          sameInput: run.input === options.input,
          isRepeat: repeats.has,
        });
        if (answer !== undefined) return { answer, from: run.from };
      }
      return undefined;
    },
    noteRow(row, question) {
      if (needsRepeats) repeats.note(row, question);
    },
    finishRow: repeats.forget,
    close,
  };
}

/**
 * Refuses a run that would take answers from itself: its own journal is read anyway.
 *
 * @throws FellowshipError `bad_usage`
 */
export async function refuseOwnDirectory(
  ownDirectory: string,
  directories: readonly string[],
): Promise<void> {
  const own = await placeOf(ownDirectory);
  for (const directory of directories) {
    if ((await placeOf(directory)) !== own) continue;
    throw new FellowshipError(
      "bad_usage",
      `--reuse ${directory}: that is where this run itself goes, and what it has is used ` +
        "anyway. Name another run's directory, or another --out.",
      { facts: { directory } },
    );
  }
}

/** One name for a place, whatever links lead there; that of the path where nothing is there yet. */
async function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/**
 * Tells rows that show the same as one before them, by 48 bits of a digest: some tens of bytes a
 * row.
 */
function createRepeats() {
  const seen = new Set<number>();
  const repeats = new Set<number>();
  return {
    note(row: number, question: unknown): void {
      const digest = createHash("sha256").update(JSON.stringify(question)).digest();
      const code = digest.readUIntBE(0, 6);
      if (seen.has(code)) repeats.add(row);
      else seen.add(code);
    },
    has: (row: number) => repeats.has(row),
    forget: (row: number) => void repeats.delete(row),
  };
}
