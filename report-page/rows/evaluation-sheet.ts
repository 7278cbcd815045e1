import { toPairRow } from "../../datasets/rows/pair-row.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { isSameText } from "../../state/same-text.ts";
import type { EvaluatedLine } from "../read/row-line.ts";
import { fieldTexts, messageTexts } from "./input-texts.ts";
import type { RowSheet, SheetPair, SheetStep } from "./row-sheet.ts";
import { sheetCalls } from "./sheet-calls.ts";
import { outcomeOf, verdictStep } from "./verdict-step.ts";
import { counted } from "../../state/counted.ts";

/** A row of an evaluation as a sheet: the two responses, then the verdict on them. */
export function evaluationSheet(line: EvaluatedLine, priceOf: PriceOf): RowSheet {
  const { row, id, input, transcript } = line;
  const read = toPairRow({ number: row, place: `row ${row}`, value: input });
  const calls = sheetCalls(transcript, priceOf);
  const numbered = calls.map((call, index) => ({ call, index }));
  const sides = sidesOf(input);
  const steps: SheetStep[] = [];
  if (read.ok) {
    for (const [index, side] of [read.row.a, read.row.b].entries()) {
      steps.push({
        kind: "response",
        name: sides[index] ?? "",
        by: side.model ?? "",
        text: side.text,
        notes: [],
        isBest: line.winner === (index === 0 ? "a" : "b"),
        call: null,
      });
    }
  }
  const verdict = verdictStep(line, { name: "Verdict", sides, effects: [], calls: numbered });
  const said = new Set(verdict.votes.flatMap((vote) => vote.calls));
  steps.push(
    ...numbered
      .filter(({ index }) => !said.has(index))
      .map(({ call, index }) => ({
        kind: "talk" as const,
        name: "Said before the verdict",
        by: call.agent,
        call: index,
      })),
    verdict,
  );
  return {
    row,
    id,
    outcome: line.person?.waits === true ? "waits for a person" : outcomeOf(line.winner, sides),
    prompt: read.ok ? messageTexts(read.row.messages) : [],
    fields: fieldTexts(input, { isRead: read.ok }),
    steps,
    pairs: read.ok ? pairsOf(line, [read.row.a.text, read.row.b.text], sides) : [],
    reasons: [...personReasons(line), ...verdictReasons(line), ...labelReasons(line)],
    calls,
  };
}

/** What people said of a row that its judges were unsure of. */
function personReasons({ person }: EvaluatedLine): string[] {
  if (person === undefined) return [];
  const said = Object.entries(person.labels ?? {}).map(([name, label]) => `${name}: ${label}`);
  return [said.length === 0 ? "It waits for a person." : `People decided it (${said.join(", ")}).`];
}

/** The names of the two sides: in a comparison, those of the runs. */
function sidesOf(input: unknown): readonly [string, string] {
  const { runs } = (input ?? {}) as { readonly runs?: unknown };
  if (Array.isArray(runs) && runs.length === 2) {
    return [`A (${String(runs[0])})`, `B (${String(runs[1])})`];
  }
  return ["A", "B"];
}

function pairsOf(
  { winner, scores }: EvaluatedLine,
  [a, b]: readonly [string, string],
  [nameA, nameB]: readonly [string, string],
): SheetPair[] {
  if (winner !== "a" && winner !== "b") return [];
  const [one, other] = [
    { name: nameA, text: a },
    { name: nameB, text: b },
  ];
  const lead = scores === null ? null : scores.a - scores.b;
  return [
    winner === "a"
      ? { chosen: one, rejected: other, scoreMargin: lead, isKept: false }
      : { chosen: other, rejected: one, scoreMargin: lead === null ? null : -lead, isKept: false },
  ];
}

function verdictReasons({ votes, flipped, transcript, failure, input }: EvaluatedLine): string[] {
  const unreadable = votes.filter(({ parsed }) => !parsed).length;
  const lost = votes.filter((vote) => vote.lost === true).length;
  return [
    ...(failure === undefined ? [] : [`No agent answered: ${failure.detail}`]),
    ...(votes.length === 0 && transcript.length === 0 && isIdentical(input)
      ? ["The two responses are the same text, so they tie and no model was asked."]
      : []),
    ...(unreadable === 0
      ? []
      : [`${unreadable} of ${counted(votes.length, "vote")} could not be read.`]),
    ...(lost === 0
      ? []
      : [`${lost} of them because a shown response contains the same verdict itself.`]),
    ...(flipped === true ? ["The winner changed with the order in which the two were shown."] : []),
  ];
}

function isIdentical(input: unknown): boolean {
  const { a, b } = (input ?? {}) as Record<"a" | "b", { text?: unknown } | undefined>;
  return typeof a?.text === "string" && typeof b?.text === "string" && isSameText(a.text, b.text);
}

function labelReasons({ winner, label, labels, input }: EvaluatedLine): string[] {
  if (label === undefined) return [];
  if (isPreference(input)) return [preferenceReason(winner, label)];
  const each = Object.entries(labels ?? {}).map(([name, own]) => `${name}: ${named(own)}`);
  const people = each.length === 0 ? "" : ` (${each.join(", ")})`;
  const agrees = winner === label ? "agrees with people" : "disagrees with people";
  return winner === "none"
    ? [`People say ${named(label)}${people}; there is no verdict to compare.`]
    : [`The verdict ${agrees}, who say ${named(label)}${people}.`];
}

/** The label of a preference pair is the data set's: it says which response was chosen. */
function isPreference(input: unknown): boolean {
  return typeof input === "object" && input !== null && "chosen" in input && "rejected" in input;
}

function preferenceReason(winner: string, label: string): string {
  const chosen = `${named(label)} is the chosen response of the data set`;
  if (winner === "none") return `${chosen}; there is no verdict to compare.`;
  return `${chosen}; the verdict ${winner === label ? "agrees" : "disagrees"}.`;
}

function named(label: string): string {
  return label === "tie" ? "tie" : label.toUpperCase();
}
