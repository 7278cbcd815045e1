import { createHash } from "node:crypto";
import type { Replay } from "../runs/replay/replay-row.ts";
import type { ReplayedCall } from "../runs/replay/recorded-calls.ts";
import { barred } from "./barred.ts";

const sources: Readonly<Record<ReplayedCall["source"], string>> = {
  journal: "answered from the journal",
  "no answer": "no answer, as in the run",
  missing: "NOT IN THE JOURNAL",
};
/** The part of a line that is shown on both sides of its first difference. */
const differenceLength = 60;

export type ReplayTextOptions = {
  readonly directory: string;
  readonly row: number;
  /** Whether the texts of the calls are left out. */
  readonly isBrief: boolean;
};

/** A replayed row, call by call: the question, the answer, and whether the same row came out. */
export function replayText(replay: Replay, options: ReplayTextOptions): string {
  const { id, calls } = replay;
  const { row, isBrief } = options;
  const name = id === String(row) ? `row ${row}` : `row ${row} (id ${id})`;
  const count = calls.length === 1 ? "1 call" : `${calls.length} calls`;
  return [
    `Replay of ${name}: ${count}, nothing sent`,
    "",
    ...calls.flatMap((call, index) => [...callLines(call, index + 1, isBrief)]),
    ...(isBrief ? [""] : []),
    ...resultLines(replay, options),
    "",
  ].join("\n");
}

function* callLines(
  { call: { address, role, messages }, record, source }: ReplayedCall,
  number: number,
  isBrief: boolean,
): Generator<string> {
  const { agent, part, turn } = address;
  const series = part === "" ? "" : `, part ${part}`;
  yield `${number}. ${agent} (${role}${series}, turn ${turn}) asks ${record.model}: ${sources[source]}`;
  if (isBrief) return;
  for (const { role: speaker, content } of messages) {
    yield `  ${speaker}`;
    yield* barred(content);
  }
  yield record.outcome === "answered"
    ? "  answer"
    : "  " +
      record.outcome.replaceAll("_", " ") +
      (record.detail === undefined ? "" : `: ${record.detail}`);
  if (record.content !== "") yield* barred(record.content);
  yield "";
}

function resultLines(replay: Replay, { directory, row }: ReplayTextOptions): string[] {
  const { isSame, recorded, replayed, file, calls, changes } = replay;
  if (isSame) {
    const sha256 = createHash("sha256").update(recorded).digest("hex");
    const bytes = Buffer.byteLength(recorded).toLocaleString("en-US");
    return [
      `SAME: the replay gives row ${row} of ${directory}/${file} byte for byte ` +
        `(${bytes} bytes, SHA-256 ${sha256.slice(0, 16)}…).`,
    ];
  }
  const missing = calls.filter(({ source }) => source === "missing").length;
  return [
    `DIFFERENT: the replay does not give row ${row} of ${directory}/${file}.`,
    ...(missing === 0
      ? []
      : [
          `  ${missing === 1 ? "1 question has" : `${missing} questions have`} no answer in ` +
            "the journal: " +
            "another question was asked in the run, or its answer is lost.",
        ]),
    ...changes.map((change) => `  ${change}`),
    ...(replayed === null ? [] : differenceLines(recorded, replayed)),
  ];
}

function differenceLines(recorded: string, replayed: string): string[] {
  let at = 0;
  while (at < recorded.length && recorded[at] === replayed[at]) at += 1;
  const from = Math.max(0, at - differenceLength / 2);
  const excerpt = (line: string) => line.slice(from, from + differenceLength).trimEnd();
  return [
    `  The first difference is at character ${at + 1} of the line:`,
    `    run     … ${excerpt(recorded)} …`,
    `    replay  … ${excerpt(replayed)} …`,
  ];
}
