import type { Winner } from "../../state/verdict.ts";
import { preferences, type Preference } from "../estimates/preference.ts";

/** A square table of people's labels and an evaluator's verdicts, where people never say `none`. */
const winners = [...preferences, "none"] as const satisfies readonly Winner[];

/** Categories to a side. */
export const labelAndWinnerSize = winners.length;

export const labelAndWinnerCells = labelAndWinnerSize ** 2;

export function labelAndWinnerCell(label: Preference, winner: Winner): number {
  return winners.indexOf(label) * labelAndWinnerSize + winners.indexOf(winner);
}

/** All that a row may hold, with or without rows that have no verdict. */
export function everyLabelAndWinner(canBeNone: boolean): [Preference, Winner][] {
  const possible = canBeNone ? winners : preferences;
  return preferences.flatMap((label) =>
    possible.map((winner): [Preference, Winner] => [label, winner]),
  );
}
