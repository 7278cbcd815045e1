import { shellWord } from "../state/shell-word.ts";
import type { LookedUpRow } from "../runs/look/look-up-rows.ts";
import { rowListText } from "./row-list-text.ts";
import { rowText } from "./row-text.ts";

export type FoundRowsOptions = {
  readonly directory: string;
  /** So many rows in full, at most. */
  readonly limit: number;
  /** Whether all rows are listed first. */
  readonly isList: boolean;
  /** Of the terminal; 80 where not given. */
  readonly columns?: number | undefined;
};

const rule = "═".repeat(78);

/** Rows that were looked up: the list of them all, and the first of them in full. */
export function foundRowsText(
  found: readonly LookedUpRow[],
  { directory, limit, isList, columns }: FoundRowsOptions,
): string {
  if (found.length === 0) return "No row meets these conditions.\n";
  const replay = `fellowship replay ${shellWord(directory)} --row`;
  const inFull = found.slice(0, limit);
  const left = found.length - inFull.length;
  const lists = isList || inFull.length === 0;
  const count = found.length === 1 ? "1 row:" : `${found.length} rows:`;
  return [
    ...(lists
      ? [
          count,
          "",
          rowListText(
            found.map(({ entry }) => entry),
            { columns },
          ),
          "",
        ]
      : []),
    ...inFull.flatMap(({ sheet }, place) => [
      ...(lists || place > 0 ? [rule] : []),
      rowText(sheet, sheet.calls.length === 0 ? null : `${replay} ${sheet.row}`),
    ]),
    ...(left > 0 && limit > 0
      ? [`${left} more in the list; --limit N shows more in full.`, ""]
      : []),
    ...(limit === 0 ? [`In full: fellowship show ${shellWord(directory)} --row N`, ""] : []),
  ].join("\n");
}
