import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { readRecords } from "../../datasets/read/read-records.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import { majorityLabel, toPairRow, type PairLabel } from "../../datasets/rows/pair-row.ts";
import { goesOn } from "../../state/evaluation/step-verdict.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import { shellWord } from "../../state/shell-word.ts";
import { personOf } from "../../topologies/kinds/cascade.ts";
import type { Verdict, Winner } from "../../state/verdict.ts";
import type { RowJournalRecord } from "../directory/row-journal.ts";
import type { RowsToWrite } from "../engine/job.ts";

/** What people said of the rows that wait for them, by row. */
export type PeopleLabels = ReadonlyMap<number, Readonly<Record<string, PairLabel>>>;

/** `person` of the summary: the rows of a cascade whose last step is a person. */
export type PersonFigures = {
  /** Rows that go to a person. */
  readonly asked: number;
  /** Rows that a person has decided. */
  readonly decided: number;
  /** Rows that still wait. */
  readonly waiting: number;
  /** The file for the labels of `pairsForPeople`, in the run's directory. */
  readonly labels: string;
};

/** The pairs that go to people, as `label` reads them. */
export const pairsForPeople = "for-person.jsonl";

/** Whether rows of a run wait for people, so that the run is not done. */
export function waitsForPeople({ person }: { readonly person?: PersonFigures }): boolean {
  return person !== undefined && person.waiting > 0;
}

/** The command that asks a person about the rows that wait. */
export function labelCommand(directory: string, { labels }: Pick<PersonFigures, "labels">): string {
  const file = (name: string) => shellWord(join(directory, name));
  return `fellowship label ${file(pairsForPeople)} --out ${file(labels)} --person NAME`;
}

/** The folder of what people say: `label` writes into no run's directory itself. */
const folder = "people";

/** `labels.jsonl`, and `labels-2.jsonl` … once more rows go to people. */
const labelsName = /^labels(?:-(\d+))?\.jsonl$/;

/** A pair in a file of labels, with the row that it is of. */
export type PairOfPeople = {
  readonly row: number;
  /** By person; empty where nobody has judged it yet. */
  readonly labels: Readonly<Record<string, PairLabel>>;
  /** As it is in the file. */
  readonly value: Readonly<Record<string, unknown>>;
};

/** The files of labels in a run's folder `people`, relative to the run's directory. */
export async function labelsFiles(directory: string): Promise<string[]> {
  const place = join(directory, folder);
  const names = existsSync(place) ? await readdir(place) : [];
  return names
    .filter((name) => labelsName.test(name))
    .map((name) => `${folder}/${name}`)
    .toSorted();
}

/** The pairs of a file of labels. */
export async function* pairsOfPeople(path: string): AsyncGenerator<PairOfPeople> {
  for await (const record of readRecords(path)) {
    if (!("value" in record) || !isFields(record.value)) continue;
    const { row } = record.value;
    const read = toPairRow(record);
    if (typeof row !== "number" || !read.ok) continue;
    yield { row, labels: read.row.labels ?? {}, value: record.value };
  }
}

/**
 * Reads what `label` wrote in a run's folder `people`. Of several people who judged a pair, all
 * count.
 *
 * @returns the labels; and the rows of each file, labelled or not
 */
export async function readPeopleLabels(directory: string): Promise<{
  readonly labels: PeopleLabels;
  readonly files: ReadonlyMap<string, ReadonlySet<number>>;
}> {
  const labels = new Map<number, Record<string, PairLabel>>();
  const files = new Map<string, Set<number>>();
  for (const name of await labelsFiles(directory)) {
    const rows = new Set<number>();
    for await (const { row, labels: given } of pairsOfPeople(join(directory, name))) {
      rows.add(row);
      if (Object.keys(given).length > 0) labels.set(row, { ...labels.get(row), ...given });
    }
    files.set(name, rows);
  }
  return { labels, files };
}

/** Where the labels of a run that had none are. */
export const firstLabelsFile = `${folder}/labels.jsonl`;

/**
 * The file of labels for the rows that go to people: one that holds them all, else a new one, since
 * `label` begins a file with a fixed set of pairs.
 */
export function labelsFileFor(
  rows: readonly number[],
  files: ReadonlyMap<string, ReadonlySet<number>>,
): string {
  for (const [name, held] of files) {
    if (held.size === rows.length && rows.every((row) => held.has(row))) return name;
  }
  const taken = [...files.keys()].map((name) => Number(labelsName.exec(basename(name))?.[1] ?? 1));
  const next = Math.max(0, ...taken) + 1;
  return `${folder}/labels${next === 1 ? "" : `-${next}`}.jsonl`;
}

/**
 * The finished rows, those of them that go to a person with that person's verdict. One without
 * a label yet has the verdict `none`.
 */
export async function* withPeoplesVerdicts(
  rows: Pick<RowsToWrite<EvaluationResult>, "inOrder">,
  topology: object,
  labels: PeopleLabels,
): AsyncGenerator<RowJournalRecord<EvaluationResult>, void, undefined> {
  const person = personOf(topology);
  if (person === undefined) {
    yield* rows.inOrder();
    return;
  }
  const { marginAtMost: rule = "unsure" } = person;
  const step = (topology as { readonly steps: readonly unknown[] }).steps.length;
  for await (const record of rows.inOrder()) {
    const { verdict, failure } = record.result;
    const asks = failure === undefined && isJudged(verdict) && goesOn(verdict, rule);
    if (!asks) yield record;
    else {
      const result = decided(record.result, step, labels.get(record.row));
      yield { ...record, result };
    }
  }
}

/** Responses of one text are a tie that no judge was asked about. */
function isJudged(verdict: EvaluationResult["verdict"]): verdict is Verdict {
  return verdict !== null && verdict.votes.length > 0;
}

function decided(
  result: EvaluationResult,
  step: number,
  labels: Readonly<Record<string, PairLabel>> | undefined,
): EvaluationResult {
  const { verdict } = result;
  if (verdict === null) return result;
  const winner: Winner = majorityLabel(Object.values(labels ?? {})) ?? "none";
  const steps = [...(verdict.steps ?? []), { step, winner, scores: null }];
  return {
    ...result,
    verdict: { ...verdict, winner, scores: null, steps },
    person: labels === undefined ? { waits: true } : { labels },
  };
}

/** A row's pair for `for-person.jsonl`, without what judges or people said of it. */
export function pairForPeople(row: number, { id, input }: EvaluationResult): object | null {
  const read = toPairRow({ number: row, place: `row ${row}`, value: input });
  if (!read.ok) return null;
  const { messages, a, b } = read.row;
  const shown = ({ text, messages: whole }: typeof a) =>
    whole === undefined ? { text } : { text, messages: whole };
  return { id, row, messages, a: shown(a), b: shown(b) };
}
