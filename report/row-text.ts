import { diffWordsWithSpace } from "diff";
import { shortText, usdText, wholeText } from "../report-page/figures/number-text.ts";
import type {
  NamedText,
  RowSheet,
  SheetCall,
  SheetPair,
  SheetStep,
  SheetVote,
} from "../report-page/rows/row-sheet.ts";
import { totalOf } from "../report-page/rows/sheet-calls.ts";
import { barred } from "./barred.ts";
import { counted } from "../state/counted.ts";

/** A longer search for the differences of two texts isn't worth the wait, in milliseconds. */
const diffTimeoutMs = 1_000;

/**
 * A row in full as plain text: the ladder of its versions with the reviews between them, each
 * verdict with the agents' own words, the pairs, the reasons and the cost. Texts of rows and models
 * stand behind a bar, so that none of them passes for a heading.
 *
 * @param replay The command that replays the row; none where it can't be replayed.
 */
export function rowText(sheet: RowSheet, replay: string | null): string {
  const { row, id, outcome, prompt, fields, steps, pairs, reasons, calls } = sheet;
  const name = id === String(row) ? `Row ${row}` : `Row ${row} (id ${id})`;
  return [
    `${name}: ${outcome}`,
    costText(calls),
    "",
    ...(prompt.length === 0 ? [] : ["Prompt", ...prompt.flatMap(namedText), ""]),
    ...(fields.length === 0 ? [] : ["Other fields", ...fields.flatMap(namedText), ""]),
    ...steps.flatMap((step, index) => [...stepLines(step, index + 1, calls), ""]),
    ...pairs.flatMap((pair) => [...pairLines(pair), ""]),
    ...(reasons.length === 0 ? [] : ["Why", ...reasons.map((reason) => `  ${reason}`), ""]),
    ...(replay === null ? [] : [`Replay it offline: ${replay}`, ""]),
  ].join("\n");
}

function costText(calls: readonly SheetCall[]): string {
  const { tokens } = totalOf(calls);
  const known = calls.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  const unknown = calls.filter(({ usd }) => usd === null).length;
  const more = unknown === 0 ? "" : ` and ${counted(unknown, "call")} of unknown cost`;
  return `${counted(calls.length, "call")}, ${wholeText(tokens)} tokens, ${usdText(known)}${more}`;
}

/** One short line stays beside its name. */
function namedText({ name, text }: NamedText): string[] {
  const isShort = text.length <= 80 && !/[\r\n]/.test(text);
  return isShort ? [`  ${name} │ ${text}`] : [`  ${name}`, ...barred(text)];
}

function stepLines(step: SheetStep, number: number, calls: readonly SheetCall[]): string[] {
  const place = `${number}. `;
  if (step.kind === "verdict") return verdictLines(step, place, calls);
  const call = step.call === null ? undefined : calls[step.call];
  const by = step.by === "" ? "" : `, ${step.by}`;
  const asked = call === undefined ? "" : ` ${callText(call)}`;
  const head = `${place}${step.name}${by}${asked}`;
  if (step.kind === "talk") return [head, ...callLines(call)];
  if (step.kind === "review") {
    const score = step.score === null ? "no score" : `score ${shortText(step.score)} of 10`;
    return [`${head} · ${score}`, ...barred(step.text)];
  }
  return [
    `${head}${step.isBest ? " · the best" : ""}`,
    ...step.notes.map((note) => `  ${oneLine(note)}`),
    ...barred(step.text),
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** `(openai:gpt-4o, part round-2, 1,234 tokens, $0.0021)` */
function callText({ model, part, tokens, usd, isShared }: SheetCall): string {
  const counts = tokens === null ? "tokens unknown" : `${wholeText(tokens.in + tokens.out)} tokens`;
  const series = part === "" ? [] : [`part ${part}`];
  const priced = usd === null ? "cost unknown" : usdText(usd);
  const paid = isShared === true ? "the answer of an identical call" : priced;
  return `(${[model, ...series, counts, paid].join(", ")})`;
}

/** What was said in a call, and what went wrong with it. */
function callLines(call: SheetCall | undefined): string[] {
  if (call === undefined) return [];
  const { outcome, detail, text, thinking, isPromptTruncated } = call;
  return [
    ...(outcome === "answered" ? [] : [`  ${outcome.replaceAll("_", " ")}: ${detail ?? ""}`]),
    ...(isPromptTruncated === true ? ["  The server read only a part of the prompt."] : []),
    ...(thinking === undefined ? [] : ["  thought", ...barred(thinking)]),
    ...(text === "" ? [] : barred(text)),
  ];
}

function verdictLines(
  step: Extract<SheetStep, { kind: "verdict" }>,
  place: string,
  calls: readonly SheetCall[],
): string[] {
  const { name, outcome, scores, isFlipped, votes, effects } = step;
  const flipped = isFlipped ? ["  The winner changed with the order of the two responses."] : [];
  return [
    `${place}${name}: ${outcome}${scoresText(scores)}`,
    ...flipped,
    ...votes.flatMap((vote) => voteLines(vote, calls)),
    ...effects.map((effect) => `  ${oneLine(effect)}`),
  ];
}

function voteLines(vote: SheetVote, calls: readonly SheetCall[]): string[] {
  const { agent, shown, isSwapped, outcome, scores, isLost, calls: places } = vote;
  const [first, second] = shown;
  const order = isSwapped ? "shown in the other order, " : "shown ";
  const lost = isLost ? "; a shown response holds the same verdict" : "";
  return [
    `  ${agent}, ${order}${first} first and ${second} second: ` +
      `${outcome}${scoresText(scores)}${lost}`,
    ...places.flatMap((index) => {
      const call = calls[index];
      return call === undefined ? [] : [`  ${agent} ${callText(call)}`, ...callLines(call)];
    }),
  ];
}

function scoresText(scores: readonly [number, number] | null): string {
  return scores === null ? "" : `, scores ${shortText(scores[0])} and ${shortText(scores[1])}`;
}

/** The preferred text against the other, word by word. */
function pairLines(pair: SheetPair): string[] {
  const { chosen, rejected, scoreMargin, isKept } = pair;
  const margin = scoreMargin === null ? "" : `, ${shortText(scoreMargin)} points apart`;
  const kept = isKept ? "a pair of dpo.jsonl" : "no pair of dpo.jsonl";
  const head = `${chosen.name} preferred to ${rejected.name}${margin} (${kept})`;
  const changes = wordDiff(rejected.text, chosen.text);
  return changes === null
    ? [`${head}. The two texts share too few words to mark the differences.`]
    : [`${head}: {+words of the preferred+}, [-words of the other-]`, ...barred(changes)];
}

/** The differences of two texts; null where they share less than half of their words. */
function wordDiff(before: string, after: string): string | null {
  const changes = diffWordsWithSpace(before, after, { timeout: diffTimeoutMs });
  if (changes === undefined) return null;
  const shared = changes
    .filter(({ added, removed }) => !added && !removed)
    .reduce((sum, { value }) => sum + value.length, 0);
  if (2 * shared < Math.max(before.length, after.length)) return null;
  const marked = changes.map(({ value, added, removed }) => {
    if (added) return `{+${value}+}`;
    return removed ? `[-${value}-]` : value;
  });
  return marked.join("");
}
