import { lstat, readFile, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type * as z from "zod";
import {
  formatOf,
  toLine,
  type Companion,
  type ExportedNames,
  type LineProblem,
  type Trainer,
  type TrainerFormat,
} from "../../datasets/trainers/trainer-format.ts";
import type { TrainingKind, TrainingRecords } from "../../datasets/trainers/training-record.ts";
import { openJsonlWriter } from "../../datasets/write/jsonl-writer.ts";
import { openParquetWriter } from "../../datasets/write/parquet-writer.ts";
import { usedPaths } from "../../datasets/write/used-paths.ts";
import { toWellFormed } from "../../datasets/write/well-formed.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { withFinishedRows } from "../directory/finished-rows.ts";
import { readPlan } from "../directory/read-plan.ts";
import type { RowJournal } from "../directory/row-journal.ts";
import { gatesText } from "../gates/gates-text.ts";
import {
  isGated,
  openSieve,
  siftLines,
  type GateCounts,
  type GateOptions,
  type SiftedLine,
  type Sieve,
} from "../gates/sift.ts";
import { drawingOf, type DrawnRecord, type DrawRecords } from "./run-records.ts";
import { createScoreSpread, rewardMargin } from "./score-spread.ts";
import { hashOf, splitGroups, type Side } from "./split-groups.ts";

export type ExportOptions = {
  readonly trainer: Trainer;
  readonly kind: TrainingKind;
  /** The data file; its ending, .jsonl or .parquet, says which format. */
  readonly file: string;
  /** The share of the prompts that train; all where not given. */
  readonly split?: number | undefined;
  /** What is dropped; the gates of the run where not given. */
  readonly gates?: GateOptions | undefined;
  /** Overwrites existing files. */
  readonly force?: boolean;
};

/**
 * What an export wrote. `written`, the lines left out and those that gates dropped are together all
 * that the run holds of the kind.
 */
export type ExportResult = {
  readonly rows: {
    /** Finished rows that were read. */
    readonly read: number;
    /** Rows that failed, and have nothing. */
    readonly failed: number;
    /** Rows that gave no record of the kind: without a pair, for example. */
    readonly empty: number;
  };
  /** Lines by file, data files first. */
  readonly files: readonly { readonly name: string; readonly lines: number }[];
  readonly written: number;
  /** What the gates kept and dropped; null without gates. */
  readonly gates: GateCounts | null;
  readonly leftOut: readonly (LineProblem & { readonly lines: number })[];
  /** Prompts on each side; null without a split. */
  readonly prompts: Readonly<Record<Side, number>> | null;
  /** The file for the trainer. */
  readonly companion: string;
};

/**
 * Writes the data of a run in the shape that a trainer reads, the file that the trainer wants
 * beside it, and a list of the records that it can't take.
 *
 * @throws FellowshipError `bad_usage` where the trainer has no such kind, the run holds nothing of
 *   it, a file exists or lies in a run's directory; `directory_in_use` while a run goes on.
 */
export async function exportData(directory: string, options: ExportOptions): Promise<ExportResult> {
  const { trainer, kind, file, split, gates, force = false } = options;
  const format = formatOf(trainer, kind);
  const names = namesOf(file, split !== undefined);
  const companion = format.companion({
    train: basename(names.train),
    ...(names.test === undefined ? {} : { test: basename(names.test) }),
  });
  const places = { ...names, companion: join(dirname(file), companion.name) };
  await refuseStanding(places, companion, force);
  return withFinishedRows<RowResult, ExportResult>(directory, async (rows) => {
    const draw = drawingOf(await readPlan(directory), kind);
    const all = { rows, draw, format: format as AnyFormat, isReward: kind === "reward" };
    const asked = gates ?? (await gatesOf(directory));
    const sieve = isGated(asked) ? await siftLines(candidatesOf(all), asked) : openSieve;
    const source = { ...all, sieve };
    const survey = await surveyRecords(source);
    if (survey.lines === 0) throw nothingToWrite(directory, kind, survey, sieve);
    const sideOf = split === undefined ? () => "train" as const : splitGroups(survey.groups, split);
    const files = await writeRecords(source, survey, { names, sideOf });
    const text = companion.textOf(await standingText(places.companion, companion));
    await replaceFile(places.companion, text);
    return {
      rows: survey.rows,
      files,
      written: survey.lines,
      gates: sieve.counts[dataFile] ?? null,
      leftOut: [...survey.problems.values()],
      prompts: split === undefined ? null : promptsBySide(survey.groups, sideOf),
      companion: places.companion,
    };
  });
}

/** The gates that a finished run was given. */
async function gatesOf(directory: string): Promise<GateOptions | undefined> {
  const text = await readFile(join(directory, "run.json"), "utf8").catch(() => "{}");
  return (JSON.parse(text) as { gates?: GateOptions }).gates;
}

type AnyFormat = TrainerFormat<TrainingRecords[TrainingKind]>;
type AnyRecord = DrawnRecord<TrainingRecords[TrainingKind]>;

type Names = ExportedNames & {
  readonly leftOut: string;
  /** The other side of an earlier export with `--split`: its prompts train now. */
  readonly earlierTest?: string;
};

/** `dpo.jsonl`, and beside it `dpo.test.jsonl` and `dpo.left-out.jsonl`. */
function namesOf(file: string, isSplit: boolean): Names {
  const ending = extname(file);
  if (ending !== ".jsonl" && ending !== ".parquet") {
    throw new FellowshipError(
      "bad_usage",
      `--file ${file}: expected a name that ends in .jsonl or .parquet.`,
      { facts: { file } },
    );
  }
  const stem = file.slice(0, -ending.length);
  return {
    train: file,
    [isSplit ? "test" : "earlierTest"]: `${stem}.test${ending}`,
    leftOut: `${stem}.left-out.jsonl`,
  };
}

async function refuseStanding(
  names: Names & { readonly companion: string },
  companion: Companion,
  force: boolean,
): Promise<void> {
  const { companion: path, ...files } = names;
  for (const file of Object.values(files)) {
    if (file !== undefined) await refuseOverwrite(file, { force, option: "--file" });
  }
  // A file that several exports share is added to, unless another file's part would be lost.
  await refuseOverwrite(path, { force: force || companion.parts !== undefined, option: "--file" });
  const standing = await standingText(path, companion);
  if (force || standing === null || companion.parts === undefined) return;
  const [before, after] = [companion.parts(standing), companion.parts(companion.textOf(standing))];
  for (const [name, part] of Object.entries(before)) {
    if (part === undefined || JSON.stringify(part) === JSON.stringify(after[name])) continue;
    throw new FellowshipError(
      "bad_usage",
      `${path} has another entry "${name}" already. Choose another name for --file, or ` +
        "replace the entry with --force.",
      { facts: { path, name } },
    );
  }
}

/** The text of a shared companion that is there; null for one that is written anew. */
async function standingText(path: string, { parts }: Companion): Promise<string | null> {
  if (parts === undefined) return null;
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  return isThere ? readFile(path, "utf8") : null;
}

type RecordSource = {
  readonly rows: RowJournal<RowResult>;
  readonly draw: DrawRecords<TrainingKind>;
  readonly format: AnyFormat;
  readonly isReward: boolean;
  readonly sieve?: Sieve;
};

/** What the gates call the data of an export. */
const dataFile = "data";

async function* candidatesOf(source: RecordSource): AsyncGenerator<SiftedLine> {
  for await (const { drawn } of drawnRows(source)) {
    for (const [index, { candidate }] of drawn.entries())
      yield { file: dataFile, index, candidate };
  }
}

/** What has to be known of all records before the first line is written. */
type Survey = {
  readonly rows: { read: number; failed: number; empty: number };
  lines: number;
  /** Records that gates dropped. */
  dropped: number;
  readonly problems: Map<string, LineProblem & { lines: number }>;
  /** Hashes of the groups whose lines are written. */
  readonly groups: Set<string>;
  /** Optional fields that a line has, by path: the columns of a Parquet file. */
  readonly used: Set<string>;
  /** Of all scores, for the margins of reward data; null where there are none. */
  deviation: number | null;
};

async function surveyRecords(source: RecordSource): Promise<Survey> {
  const survey: Survey = {
    rows: { read: 0, failed: 0, empty: 0 },
    lines: 0,
    dropped: 0,
    problems: new Map(),
    groups: new Set(),
    used: new Set(),
    deviation: null,
  };
  const spread = createScoreSpread();
  for await (const { result, drawn } of drawnRows(source)) {
    survey.rows.read += 1;
    if (result.failure !== undefined) survey.rows.failed += 1;
    else if (drawn.length === 0) survey.rows.empty += 1;
    for (const one of drawn) {
      if (one.drop !== undefined) {
        survey.dropped += 1;
        continue;
      }
      const outcome = toLine(source.format, one.record);
      if ("problem" in outcome) {
        const { reason } = outcome.problem;
        const known = survey.problems.get(reason) ?? { ...outcome.problem, lines: 0 };
        survey.problems.set(reason, { ...known, lines: known.lines + 1 });
        continue;
      }
      survey.lines += 1;
      survey.groups.add(hashOf(one.group));
      usedPaths(outcome.line, survey.used);
      one.scores?.forEach(spread.add);
    }
  }
  survey.deviation = spread.deviation();
  if (source.isReward && survey.deviation !== null) survey.used.add("margin");
  return survey;
}

async function* drawnRows({ rows, draw, sieve = openSieve }: RecordSource) {
  for await (const { row: number, result } of rows.inOrder(rows.lastRow)) {
    const all: AnyRecord[] = result.failure === undefined ? draw(number, result) : [];
    const drawn = all.map((one, index) => ({
      ...one,
      drop: sieve.dropOf(dataFile, number, index),
    }));
    yield { result, drawn };
  }
}

async function writeRecords(
  source: RecordSource,
  { deviation, used, problems, dropped }: Survey,
  { names, sideOf }: { readonly names: Names; readonly sideOf: (group: string) => Side },
): Promise<{ name: string; lines: number }[]> {
  const { schema } = source.format;
  const train = await openDataFile(names.train, schema, used);
  const open = [train];
  try {
    const test = names.test === undefined ? train : await openDataFile(names.test, schema, used);
    if (test !== train) open.push(test);
    const isWhole = problems.size === 0 && dropped === 0;
    const leftOut = isWhole ? null : await openDataFile(names.leftOut, schema, used);
    if (leftOut !== null) open.push(leftOut);
    const sides = { train, test };
    for await (const { drawn } of drawnRows(source)) {
      for (const { record, scores, group, drop } of drawn) {
        if (drop !== undefined) {
          const { gate, detail } = drop;
          await leftOut?.write({ id: record.id, source: record.source, reason: gate, detail });
          continue;
        }
        const margin =
          source.isReward && deviation !== null ? { margin: rewardMargin(scores, deviation) } : {};
        const outcome = toLine(source.format, { ...record, ...margin });
        if ("line" in outcome) await sides[sideOf(hashOf(group))].write(outcome.line);
        else await leftOut?.write({ id: record.id, source: record.source, ...outcome.problem });
      }
    }
    const written: { name: string; lines: number }[] = [];
    for (const one of open) written.push(await one.commit());
    if (leftOut === null) await rm(names.leftOut, { force: true });
    if (names.earlierTest !== undefined) await rm(names.earlierTest, { force: true });
    return written;
  } catch (error) {
    await Promise.all(open.map((one) => one.abort()));
    throw error;
  }
}

type Line = Readonly<Record<string, unknown>>;

/** A JSONL or a Parquet file, by the ending of its name. */
async function openDataFile(path: string, schema: z.ZodObject, used: ReadonlySet<string>) {
  const writer =
    extname(path) === ".parquet"
      ? await openParquetWriter(path, schema, { isUsed: (field) => used.has(field) })
      : await openJsonlWriter(path);
  return {
    write: (line: Line) => writer.write(toWellFormed(line).value),
    commit: async () => ({ name: path, lines: (await writer.commit()).lines }),
    abort: () => writer.abort(),
  };
}

function promptsBySide(groups: ReadonlySet<string>, sideOf: (group: string) => Side) {
  const prompts = { train: 0, test: 0 };
  for (const group of groups) prompts[sideOf(group)] += 1;
  return prompts;
}

function nothingToWrite(
  directory: string,
  kind: TrainingKind,
  survey: Survey,
  { counts }: Sieve,
): FellowshipError {
  const reasons = [...survey.problems.values()].map(
    ({ detail, lines }) => `${lines} left out: ${detail}`,
  );
  reasons.push(...gatesText(counts));
  const why = reasons.length === 0 ? "no row gives one." : reasons.join(" ");
  return new FellowshipError(
    "bad_usage",
    `${directory} has no line for --kind ${kind}: ${why} Nothing was written.`,
    { facts: { directory, kind } },
  );
}
