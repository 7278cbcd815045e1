import { join } from "node:path";
import type { CassetteLine } from "../models/in-process/replay-chat-model.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** A recorded answer of the row `row-1` unless it says otherwise. */
export type RecordedAnswer = Partial<CassetteLine> & { readonly content: string };

/** Writes a cassette that is there until the test ends, and gives its model spec, `replay:FILE`. */
export function recordCassette(answers: readonly RecordedAnswer[]): string {
  const lines = answers.map((answer) => JSON.stringify({ row: "row-1", turn: 0, ...answer }));
  const directory = temporaryDirectory({ "cassette.jsonl": `${lines.join("\n")}\n` });
  return `replay:${join(directory, "cassette.jsonl")}`;
}
