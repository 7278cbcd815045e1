import { withThinking, withoutKeptThinking } from "../../state/calls/kept-thinking.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { RowResult } from "../../state/row-result.ts";

/** A line of a cassette (contract section 6). */
export type CassetteLine = {
  readonly row: string;
  /** From 2, for rows of an id that stood in the input before. */
  readonly occurrence?: number;
  readonly agent: string;
  readonly part?: string;
  readonly turn: number;
  readonly content: string;
  readonly finish?: string;
  readonly usage?: { readonly in: number; readonly out: number };
  /** For a call that came to no good answer. */
  readonly outcome?: string;
  readonly detail?: string;
};

/** A row's calls as lines of a cassette, from which the same topology makes the same row again. */
export function cassetteLines(
  { id, transcript }: Pick<RowResult, "id" | "transcript">,
  occurrence: number,
): CassetteLine[] {
  return transcript
    .filter(({ outcome }) => outcome !== "not_recorded")
    .map((record) => cassetteLine(id, occurrence, record));
}

function cassetteLine(row: string, occurrence: number, record: CallRecord): CassetteLine {
  const { agent, part, turn, finish, tokens, outcome, detail } = record;
  return {
    row,
    ...(occurrence === 1 ? {} : { occurrence }),
    agent,
    ...(part === "" ? {} : { part }),
    turn,
    content: recordedText(record),
    ...(finish === null ? {} : { finish }),
    ...(tokens === null ? {} : { usage: tokens }),
    ...(outcome === "answered" ? {} : { outcome }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** The answer with its thinking, in marks at which it is parted again. */
function recordedText({ content, thinking, outcome }: CallRecord): string {
  if (thinking === undefined || outcome !== "answered") return content;
  const text = withThinking(thinking, content);
  const isParted = withoutKeptThinking(text) === content && content === content.trimStart();
  const isThere = withoutKeptThinking(content) !== content;
  return isParted && !isThere && thinking === thinking.trim() ? text : content;
}
