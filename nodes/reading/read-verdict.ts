import type { Scores } from "../../state/verdict.ts";
import { copiedValues, foldedVariants } from "./copied-values.ts";
import { bareLine, findReadings, isIdleLine } from "./find-readings.ts";
import { foldWidth } from "./fold-text.ts";
import { markedLines } from "./marked-lines.ts";
import { isShownLine, ownReadings, speaksForItself } from "./own-readings.ts";
import type { Choice } from "./parse-choice.ts";
import { type Comparison, namesIn, parseComparison } from "./parse-comparison.ts";
import { parseScore, type Scale, valueLengthAtMost } from "./parse-score.ts";
import { findSectionScores } from "./section-scores.ts";
import {
  choiceForm,
  comparisonForm,
  type FoundReading,
  overallScoreForm,
  pairScoresForm,
  type VerdictForm,
  type Writing,
  writtenAs,
} from "./verdict-form.ts";
import { withoutThinking } from "./without-thinking.ts";

export type ReadingRule = "strict" | "first" | Writing;

/** What a judge wrote, and what it was shown. */
export type JudgedText = {
  readonly text: string;
  /** Every text the judge was shown: the request, the responses, statements, earlier reviews. */
  readonly candidates: readonly string[];
  /** The mark of the message, a word that no shown text holds. */
  readonly mark?: string | undefined;
  /**
   * `strict` (default): own verdicts that differ make the text unreadable. `first`: the first
   * counts, for published recordings in which an answer and its follow-up stand in one text. Any
   * other: verdicts that are written so, and no others, for a custom judge prompt.
   */
  readonly reading?: ReadingRule | undefined;
};
/** The same, with the scale that was asked for. */
export type ScoredText = JudgedText & { readonly scale: Scale };

type Found<Slot extends string, Value extends string | number> = FoundReading<Slot, Value> & {
  /** Whether a shown text holds the same value under the same heading. */
  readonly copied: boolean;
};
type PairReading = Found<"a" | "b", number>;

/**
 * Both scores of combined scoring or of a debater (`Score Assistant A: X/10`, `Score Assistant 1:
 * X/10`), on the scale given; null unless both can be read, and where own scores differ.
 */
export function readScores(judged: ScoredText): Scores | null {
  const form = formOf(pairScoresForm(judged.scale), judged.reading);
  const { text, marked, readings } = readingsIn(judged, form);
  const hasMarked = attemptsOf(marked, text).length > 0;
  if (judged.reading === "first") {
    const own = hasMarked ? marked : readings.filter(({ copied }) => !copied);
    return firstAttempt(own) ?? firstOfEach(own) ?? besideOwn(readings, text);
  }
  if (hasMarked) return agreedScores(marked, text);
  const found =
    isWriting(judged.reading) || readings.some(({ value }) => value !== null)
      ? readings
      : findSectionScores(text, judged.scale).map((reading) => ({ ...reading, copied: false }));
  return agreedScores(spoken(found, { ...judged, text }), text);
}

/**
 * The score of independent scoring (`Overall Score: X/10`); null where there is none, or several.
 */
export function readScore(judged: ScoredText): number | null {
  return readOne(judged, overallScoreForm(judged.scale));
}

/**
 * The choice of the direct strategy (`Answer: A | B | C`); null where there is none, or several.
 */
export function readChoice(judged: JudgedText): Choice | null {
  return readOne(judged, choiceForm);
}

/**
 * The better of two responses as CoEvol's judge names it (arXiv 2406.07054): on the first line,
 * else under a heading (`Verdict: Assistant 2`, `Answer: B`). Null where neither can be read.
 */
export function readComparison(judged: JudgedText): Choice | null {
  const { text, lines } = markedLines(withoutThinking(judged.text, judged.candidates), judged.mark);
  const below = readOne(judged, comparisonForm);
  if (isWriting(judged.reading)) return below;
  const marked = comparisonOn(lines, text);
  if (marked !== undefined) return marked;
  const first = parseComparison(firstLine(text));
  if (first === null || !isOwnLine(first, { ...judged, text })) return below;
  if (judged.reading === "first" || below === null || below === first.choice) return first.choice;
  return null;
}

/**
 * What the lines with the mark name the better one; null where they differ, undefined where none
 * names any.
 */
function comparisonOn(marked: ReadonlySet<number>, text: string): Choice | null | undefined {
  const lines = foldWidth(text).split("\n");
  const named = [...marked].flatMap((at) => parseComparison(bareLine(lines[at] ?? "")) ?? []);
  const choices = new Set(named.map(({ choice }) => choice));
  return choices.size > 1 ? null : [...choices][0];
}

/** Whether the first line is no copy, or its text has words of its own beside it. */
function isOwnLine(first: Comparison, { text, candidates }: JudgedText): boolean {
  if (!isCopiedLine(first, candidates)) return true;
  const at = foldWidth(text)
    .split("\n")
    .findIndex((line) => !isIdleLine(line));
  const place = { firstLine: at, lastLine: at };
  return (
    speaksForItself(text, [place], candidates) && ownReadings(text, [place], candidates).length > 0
  );
}

/**
 * The two scores that CoEvol's judge may put on the first line and nothing else with them (`8 9`,
 * `8/10, 9/10`; the first is A's); null for any other line, and for one that a shown text holds.
 */
export function readScoreLine({ text, scale, candidates, mark }: ScoredText): Scores | null {
  const line = firstLine(markedLines(withoutThinking(text, candidates), mark).text);
  if (line.length > valueLengthAtMost) return null;
  const parts = line.replace(/^[[("]+|[\])".]+$/g, "").split(/\s*[,;|]\s*|\s+(?=\d)/);
  const [a, b] = parts.map((part) => parseScore(part, scale));
  if (parts.length !== 2 || typeof a !== "number" || typeof b !== "number") return null;
  const lines = candidates.flatMap(linesOf);
  return lines.some((copied) => squeeze(copied) === squeeze(line)) ? null : { a, b };
}

/** The first line that says something, without Markdown marks. */
function firstLine(text: string): string {
  const line = foldWidth(text)
    .split("\n")
    .find((one) => !isIdleLine(one));
  return bareLine(line ?? "");
}

/**
 * The echo rule for a line without a heading. A name counts as copied where a shown text names the
 * same assistant anywhere; a letter, number or word where a shown text says the same on a line of
 * its own or under a heading. The answer `B` of a quiz takes nothing from a judge that writes
 * `Assistant B`.
 */
function isCopiedLine({ choice, named }: Comparison, shown: readonly string[]): boolean {
  const lines = shown.flatMap(linesOf);
  if (named) return lines.some((line) => namesIn(line).includes(choice));
  if (copiedValues(shown, comparisonForm).has("choice", choice)) return true;
  return lines.some((line) => {
    const found = parseComparison(line);
    return found?.choice === choice && !found.named;
  });
}

/** A shown text's lines as a judge might repeat them. */
function linesOf(shown: string): string[] {
  return foldedVariants(shown).flatMap((text) => text.split("\n").map(bareLine));
}

function squeeze(line: string): string {
  return line
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, " ")
    .trim()
    .replace(/ +/g, " ");
}

function readOne<Slot extends string, Value extends string | number>(
  judged: JudgedText,
  form: VerdictForm<Slot, Value>,
): Value | null {
  const { text, marked, readings } = readingsIn(judged, formOf(form, judged.reading));
  if (judged.reading === "first") return firstOwn(marked) ?? firstOwn(readings);
  if (judged.reading === "letter") {
    // an answer of one letter is all that was asked for, whatever a quiz among the texts holds
    return agreedValue(ownReadings(text, readings, judged.candidates));
  }
  const own = marked.some(({ value }) => value !== null)
    ? marked
    : spoken(readings, { ...judged, text });
  return agreedValue(mostSpecific(own));
}

function isWriting(reading: ReadingRule | undefined): reading is Writing {
  return reading === "letter" || reading === "brackets" || reading === "json";
}

function formOf<Slot extends string, Value extends string | number>(
  form: VerdictForm<Slot, Value>,
  reading: ReadingRule | undefined,
): VerdictForm<Slot, Value> {
  return isWriting(reading) ? writtenAs(form, reading) : form;
}

/** A judge's own readings; none where all could be copies and the text says nothing else. */
function spoken<Reading extends Found<string, string | number>>(
  readings: readonly Reading[],
  { text, candidates }: JudgedText,
): Reading[] {
  const own = ownReadings(text, readings, candidates);
  if (own.length > 0 && isShownLine(text, candidates)) return [];
  const isFresh = own.some(({ value, copied }) => value !== null && !copied);
  return isFresh || speaksForItself(text, readings, candidates) ? own : [];
}

/**
 * The readings of an answer, and those with the message's mark on a line of theirs. The text is
 * the answer without its thinking and without the marks.
 */
function readingsIn<Slot extends string, Value extends string | number>(
  judged: JudgedText,
  form: VerdictForm<Slot, Value>,
): { text: string; marked: Found<Slot, Value>[]; readings: Found<Slot, Value>[] } {
  const { text, lines } = markedLines(withoutThinking(judged.text, judged.candidates), judged.mark);
  const readings = valuesIn(text, form, judged.candidates);
  const marked = readings.filter(
    ({ firstLine: first, lastLine: last }) => lines.has(first) || lines.has(last),
  );
  return { text, marked: marked.map((reading) => ({ ...reading, copied: false })), readings };
}

function valuesIn<Slot extends string, Value extends string | number>(
  text: string,
  form: VerdictForm<Slot, Value>,
  shown: readonly string[],
): Found<Slot, Value>[] {
  const found = findReadings(text, form);
  if (found.length === 0) return [];
  const copied = copiedValues(shown, form);
  return found.map((reading) => ({
    ...reading,
    copied: reading.value !== null && copied.has(reading.slot, reading.value),
  }));
}

function firstOwn<Value>(
  readings: readonly { value: Value | null; copied: boolean }[],
): Value | null {
  return readings.find(({ value, copied }) => value !== null && !copied)?.value ?? null;
}

/** A score called overall counts before one that is not. */
function mostSpecific<Slot extends string, Value extends string | number>(
  readings: readonly Found<Slot, Value>[],
): Found<Slot, Value>[] {
  const overall = readings.filter(({ slot, value }) => slot !== "plain" && value !== null);
  return overall.length > 0 ? overall : [...readings];
}

/** The one value that all own readings share. */
function agreedValue<Value>(
  readings: readonly { value: Value | null; copied: boolean }[],
): Value | null {
  const said = decisive(readings.filter(({ value }) => value !== null));
  const [first] = said;
  return first !== undefined && said.every(({ value }) => value === first.value)
    ? first.value
    : null;
}

/** Readings that no shown text holds, if there are any: the others may be echoes. */
function decisive<Reading extends { copied: boolean }>(readings: readonly Reading[]): Reading[] {
  const fresh = readings.filter(({ copied }) => !copied);
  return fresh.length === 0 ? [...readings] : fresh;
}

function agreedScores(readings: readonly PairReading[], text: string): Scores | null {
  const attempts = decisive(attemptsOf(readings, text));
  const [first] = attempts;
  if (first === undefined) return null;
  const fresh = readings.filter(({ value, copied }) => value !== null && !copied);
  const isAgreed =
    attempts.every(({ a, b }) => a === first.a && b === first.b) &&
    fresh.every(({ slot, value }) => value === first[slot]);
  return isAgreed ? { a: first.a, b: first.b } : null;
}

type Attempt = Scores & { readonly copied: boolean };

/**
 * Pairs of scores as they follow each other. One of which only one score could be copied is the
 * judge's own if the two stand together and nothing else was said under the heading of the other.
 */
function attemptsOf(readings: readonly PairReading[], text: string): Attempt[] {
  const attempts: Attempt[] = [];
  let open = new Map<"a" | "b", PairReading>();
  for (const reading of readings) {
    if (open.has(reading.slot)) open = new Map();
    open.set(reading.slot, reading);
    const [a, b] = [open.get("a"), open.get("b")];
    if (typeof a?.value !== "number" || typeof b?.value !== "number") continue;
    open = new Map();
    if (a.copied !== b.copied && !belongTogether(a, b, readings, text)) continue;
    attempts.push({ a: a.value, b: b.value, copied: a.copied && b.copied });
  }
  return attempts;
}

function belongTogether(
  a: PairReading,
  b: PairReading,
  readings: readonly PairReading[],
  text: string,
): boolean {
  const doubtful = a.copied ? a : b;
  const [upper, lower] = a.firstLine <= b.firstLine ? [a, b] : [b, a];
  const between = foldWidth(text)
    .split("\n")
    .slice(upper.lastLine + 1, lower.firstLine);
  const others = readings.filter(({ slot }) => slot === doubtful.slot);
  return between.every(isIdleLine) && others.every(({ value }) => value === doubtful.value);
}

/**
 * An attempt ends where a heading comes again: a model that was asked again stands in one text
 * with its first answer.
 */
function firstAttempt(readings: readonly PairReading[]): Scores | null {
  let attempt = new Map<"a" | "b", number | null>();
  for (const { slot, value } of readings) {
    if (attempt.has(slot)) attempt = new Map();
    attempt.set(slot, value);
    const a = attempt.get("a") ?? null;
    const b = attempt.get("b") ?? null;
    if (a !== null && b !== null) return { a, b };
  }
  return null;
}

function firstOfEach(readings: readonly PairReading[]): Scores | null {
  const [a, b] = (["a", "b"] as const).map((slot) =>
    firstOwn(readings.filter((reading) => reading.slot === slot)),
  );
  return typeof a === "number" && typeof b === "number" ? { a, b } : null;
}

/** The first pair of which one score only happens to stand in a shown text too. */
function besideOwn(readings: readonly PairReading[], text: string): Scores | null {
  const attempt = attemptsOf(readings, text).find(({ copied }) => !copied);
  return attempt === undefined ? null : { a: attempt.a, b: attempt.b };
}
