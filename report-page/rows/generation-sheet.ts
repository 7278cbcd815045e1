import { toInstructionRow } from "../../datasets/rows/instruction-row.ts";
import { toPromptRow } from "../../datasets/rows/prompt-row.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { isSameText, plainForm } from "../../state/same-text.ts";
import type { GeneratedLine, PairLine, ResponseLine, VerdictLine } from "../read/row-line.ts";
import { createCallMatcher } from "./call-matcher.ts";
import { fieldTexts, messageTexts } from "./input-texts.ts";
import type { NamedText, RowSheet, SheetCall, SheetPair, SheetStep } from "./row-sheet.ts";
import { sheetCalls } from "./sheet-calls.ts";
import { verdictStep } from "./verdict-step.ts";
import { counted } from "../../state/counted.ts";

/** A row of a generation or an evolution as a sheet: the ladder of its versions. */
export function generationSheet(
  line: GeneratedLine,
  pairs: readonly PairLine[] | null,
  priceOf: PriceOf,
): RowSheet {
  const { row, id, input, transcript } = line;
  const { prompt, isRead } = promptTexts(line);
  const calls = sheetCalls(transcript, priceOf);
  const names = responseNames(line);
  const context = { line, names, calls, pairs };
  const shown = pairs === null ? [] : pairs.map((pair) => keptPair(pair, context));
  return {
    row,
    id,
    outcome: outcomeText(line, names),
    prompt,
    fields: fieldTexts(input, { isRead }),
    steps: ladderOf(context),
    pairs: shown.length > 0 ? shown : bestAgainstFirst(context),
    reasons: rowReasons(context),
    calls,
  };
}

type Context = {
  readonly line: GeneratedLine;
  readonly names: readonly string[];
  readonly calls: readonly SheetCall[];
  readonly pairs: readonly PairLine[] | null;
};

function promptTexts({ row, input, rounds }: GeneratedLine): {
  prompt: NamedText[];
  isRead: boolean;
} {
  const record = { number: row, place: `row ${row}`, value: input };
  const options = { lenient: true };
  if (rounds !== undefined) {
    const read = toInstructionRow(record, options);
    return { prompt: read.ok ? messageTexts(read.row.conversation) : [], isRead: read.ok };
  }
  const read = toPromptRow(record, options);
  return { prompt: read.ok ? messageTexts(read.row.messages) : [], isRead: read.ok };
}

/** What a response is called on its sheet. */
function responseNames({ responses }: GeneratedLine): string[] {
  const turns = new Set(responses.map(({ turn }) => turn));
  return responses.map(({ round, turn, reviewer, given }) => {
    const name = round === 0 ? "As given" : given === true ? "Given" : `Round ${round}`;
    const branch = reviewer === undefined ? "" : `, branch of ${reviewer}`;
    return `${turns.size > 1 ? `Turn ${turn}, ` : ""}${name}${branch}`;
  });
}

function bestIndex({ responses, best, bestReviewer, rounds }: GeneratedLine): number {
  if (rounds !== undefined) {
    const accepted = responses.findLastIndex((response) => response.accepted === true);
    return accepted < 0 ? 0 : accepted;
  }
  return responses.findIndex(
    ({ round, reviewer }) =>
      round === best && (bestReviewer === undefined || reviewer === bestReviewer),
  );
}

function outcomeText(line: GeneratedLine, names: readonly string[]): string {
  const { responses, rounds } = line;
  if (rounds !== undefined) {
    return rounds === 0 ? "kept as given" : `${rounds} ${rounds === 1 ? "rewrite" : "rewrites"}`;
  }
  return responses.length === 1 ? "one response" : `${names[bestIndex(line)] ?? "?"} is best`;
}

/**
 * The rungs in the order of the transcript: a call is that of a verdict, a review or a response,
 * or talk before one of them. What no call was found for comes at its end, so nothing is lost.
 */
function ladderOf(context: Context): SheetStep[] {
  const { line, calls } = context;
  const steps: SheetStep[] = [];
  const left = {
    responses: new Set(line.responses.keys()),
    reviews: new Set(line.reviews.keys()),
    verdicts: new Set(line.verdicts.keys()),
  };
  const owners = ownersOf(context);
  const addResponse = (index: number, call: number | null) => {
    left.responses.delete(index);
    steps.push(responseStep(context, index, call));
  };
  const addVerdict = (index: number) => {
    left.verdicts.delete(index);
    const own = calls
      .map((call, place) => ({ call, index: place }))
      .filter(({ index: place }) => owners[place]?.verdict === index);
    const verdict = verdictOfLadder(context, index, own);
    const said = new Set(verdict.votes.flatMap((vote) => vote.calls));
    const others = own.filter(({ index: place }) => !said.has(place));
    steps.push(...others.map(({ call, index: place }) => talkStep(call, place)), verdict);
  };
  for (const [index, { round, given }] of line.responses.entries()) {
    if (round === 0 || given === true) addResponse(index, null);
  }
  for (const [place, { verdict, response, review }] of owners.entries()) {
    if (verdict !== undefined) {
      if (left.verdicts.has(verdict)) addVerdict(verdict);
    } else if (review !== undefined) {
      left.reviews.delete(review);
      steps.push(reviewStep(context, review, place));
    } else if (response !== undefined) addResponse(response, place);
    else steps.push(talkStep(calls[place]!, place));
  }
  for (const index of left.responses) addResponse(index, null);
  for (const index of left.reviews) steps.push(reviewStep(context, index, null));
  for (const index of left.verdicts) addVerdict(index);
  return steps;
}

type Owner = { verdict?: number; response?: number; review?: number };

/** What each call of the transcript was made for. */
function ownersOf({ line, calls }: Context): Owner[] {
  const { verdictOf, verdictOfPart } = createCallMatcher(line.verdicts);
  const responses = new Set(
    [...line.responses.entries()]
      .filter(([, { round, given }]) => round !== 0 && given !== true)
      .map(([index]) => index),
  );
  const reviews = new Set(line.reviews.keys());
  const isUnwritten = (index: number) => responses.has(index);
  let round = 0;
  return calls.map((call) => {
    const verdict = verdictOf(call, round);
    if (verdict !== null) return { verdict };
    const text = plainForm(call.text);
    const review = [...reviews].find((index) => isSaid(line.reviews[index]?.text, text));
    if (review !== undefined) {
      reviews.delete(review);
      return { review };
    }
    const response = [...responses].find((index) => isSaid(line.responses[index]?.text, text));
    if (response === undefined) {
      const other = verdictOfPart(call, round);
      // Talk before a response was written is not about its verdict.
      const isWritten = other !== null && !sidesOf(line, line.verdicts[other]!).some(isUnwritten);
      return isWritten ? { verdict: other } : {};
    }
    responses.delete(response);
    ({ round } = line.responses[response]!);
    return { response };
  });
}

function isSaid(text: string | undefined, said: string): boolean {
  if (text === undefined || said === "") return false;
  const own = plainForm(text);
  return own === said || (own.length > 40 && said.includes(own));
}

/** A call that neither wrote a response or a review nor judged. */
export function talkStep({ agent, outcome }: SheetCall, call: number): SheetStep {
  const name = outcome === "answered" ? "Said" : `No answer: ${outcome.replaceAll("_", " ")}`;
  return { kind: "talk", name, by: agent, call };
}

function responseStep(context: Context, index: number, call: number | null): SheetStep {
  const { line, names, calls } = context;
  const { text, agent, suggestions = [], accepted, rating } = line.responses[index]!;
  const writer = agent ?? (call === null ? "" : (calls[call]?.agent ?? ""));
  return {
    kind: "response",
    name: names[index] ?? "",
    by: writer,
    text,
    notes: [
      ...suggestions.map((suggestion) => `Advice: ${suggestion}`),
      ...(accepted === undefined
        ? []
        : [accepted ? "The rewrite was accepted." : "The rewrite was not accepted."]),
      ...(rating === undefined ? [] : [`Rating among the responses: ${shortNumber(rating)} of 1.`]),
    ],
    isBest: index === bestIndex(line) && line.responses.length > 1,
    call,
  };
}

function reviewStep({ line }: Context, index: number, call: number | null): SheetStep {
  const { reviewer, round, text, score } = line.reviews[index]!;
  return { kind: "review", name: `Review of round ${round}`, by: reviewer, text, score, call };
}

function verdictOfLadder(
  context: Context,
  index: number,
  calls: readonly { readonly call: SheetCall; readonly index: number }[],
): Extract<SheetStep, { kind: "verdict" }> {
  const { line, names } = context;
  const verdict = line.verdicts[index]!;
  const [a, b] = sidesOf(line, verdict);
  const sides = [names[a] ?? "A", names[b] ?? "B"] as const;
  return verdictStep(verdict, {
    name: `${sides[0]} against ${sides[1]}`,
    sides,
    effects: effectsOf(context, verdict, [a, b]),
    calls,
  });
}

/** The two responses of a verdict, as places in the list of responses. */
function sidesOf({ responses }: GeneratedLine, verdict: VerdictLine): readonly [number, number] {
  const { a, b, round, turn, against } = verdict;
  const at = (place: { round: number; reviewer?: string | undefined } | undefined) =>
    responses.findIndex(
      (one) =>
        one.round === place?.round &&
        (place.reviewer === undefined || one.reviewer === place.reviewer),
    );
  if (a !== undefined && b !== undefined) return [at(a), at(b)];
  const ofTurn = responses
    .map((one, index) => ({ ...one, index }))
    .filter((one) => one.turn === turn);
  const before = ofTurn.findLast(
    (one) =>
      one.round < round && (against === undefined ? one.accepted !== false : one.round === against),
  );
  const own = ofTurn.find((one) => one.round === round);
  return [before?.index ?? -1, own?.index ?? -1];
}

/** What became of a verdict: a pair, or why there is none. */
function effectsOf(
  { line, pairs, names }: Context,
  { winner, failure }: VerdictLine,
  [a, b]: readonly [number, number],
): string[] {
  const why = failure === undefined ? [] : [`No agent answered: ${failure.detail}`];
  if (winner === "none") return [...why, "Without a readable verdict there is no pair."];
  if (winner === "tie") return ["A tie makes no pair."];
  const [won, lost] = winner === "a" ? [a, b] : [b, a];
  const [chosen, rejected] = [line.responses[won], line.responses[lost]];
  if (chosen === undefined || rejected === undefined) return [];
  if (isSameText(chosen.text, rejected.text)) return ["The two texts are the same: no pair."];
  if (pairs === null) return [];
  const isKept = pairs.some((pair) => isOf(pair, chosen, rejected));
  const described = `${names[won]} chosen, ${names[lost]} rejected`;
  return isKept
    ? [`Kept as a pair: ${described}.`]
    : ["Not a pair of the data: the rule for pairs or a gate left it out."];
}

function isOf(pair: PairLine, chosen: ResponseLine, rejected: ResponseLine): boolean {
  const [one, other] = [pair.chosen[0]?.content ?? "", pair.rejected[0]?.content ?? ""];
  return isSameText(one, chosen.text) && isSameText(other, rejected.text);
}

function keptPair(pair: PairLine, { line, names }: Context): SheetPair {
  const named = (text: string): NamedText => {
    const index = line.responses.findIndex((one) => isSameText(one.text, text));
    return { name: names[index] ?? "", text };
  };
  return {
    chosen: named(pair.chosen[0]?.content ?? ""),
    rejected: named(pair.rejected[0]?.content ?? ""),
    scoreMargin: pair.score_margin ?? null,
    isKept: true,
  };
}

/** What the row's best response owes to its rounds, in a row without pairs. */
function bestAgainstFirst({ line, names }: Context): SheetPair[] {
  const best = bestIndex(line);
  const [first, chosen] = [line.responses[0], line.responses[best]];
  if (first === undefined || chosen === undefined || best === 0) return [];
  if (isSameText(first.text, chosen.text)) return [];
  return [
    {
      chosen: { name: names[best] ?? "", text: chosen.text },
      rejected: { name: names[0] ?? "", text: first.text },
      scoreMargin: null,
      isKept: false,
    },
  ];
}

function rowReasons({ line, pairs }: Context): string[] {
  const { verdicts, endedEarly, responses } = line;
  const reasons: string[] = [];
  if (endedEarly !== undefined) {
    reasons.push(`The row ended early (${endedEarly.reason}): ${endedEarly.detail}`);
  }
  const ties = verdicts.filter(({ winner }) => winner === "tie").length;
  const unreadable = verdicts.filter(({ winner }) => winner === "none").length;
  if (pairs !== null) {
    const kept = pairs.length;
    reasons.push(
      kept === 0
        ? `No pair was kept: ${noPairBecause(verdicts.length, ties, unreadable)}.`
        : `${kept} ${kept === 1 ? "pair was" : "pairs were"} kept.`,
    );
  }
  if (responses.length === 1 && verdicts.length === 0) {
    reasons.push("There is one response, so nothing was compared.");
  }
  if (ties > 0)
    reasons.push(`${ties} of ${counted(verdicts.length, "comparison")} ended in a tie.`);
  if (unreadable > 0) {
    reasons.push(
      `${unreadable} of ${counted(verdicts.length, "comparison")} ` +
        `${unreadable === 1 ? "has" : "have"} no readable verdict.`,
    );
  }
  return reasons;
}

function noPairBecause(verdicts: number, ties: number, unreadable: number): string {
  if (verdicts === 0) return "nothing was compared";
  if (ties === verdicts) return "every comparison was a tie";
  if (unreadable === verdicts) return "no verdict could be read";
  if (ties + unreadable === verdicts) return "every comparison was a tie or could not be read";
  return "the texts are the same, or the rule for pairs or a gate left them out";
}

function shortNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}
