import { squeezedVariants } from "./copied-values.ts";
import { bareLine, isIdleLine } from "./find-readings.ts";
import { foldWidth, squeezeLookAlikes } from "./fold-text.ts";
import { createTextMemo } from "./text-memo.ts";

/**
 * A text that holds more verdicts than this holds none: a model repeated itself until it was cut.
 */
const readingsAtMost = 60;

/** Whether a text is one line that stands in a shown text as a line too. */
export function isShownLine(text: string, shown: readonly string[]): boolean {
  const page = pageOf(text);
  const said = page.lines.flatMap((_line, index) => (isIdle(page, index) ? [] : [index]));
  const [only] = said;
  if (said.length !== 1 || only === undefined) return false;
  const line = squeezeLines(page, only, only);
  return shown.some((source) =>
    source.split(/[\n\r\v\u2028]/).some((other) => squeezeText(other) === line),
  );
}

/** Where a reading stands in a judge's text, line for line. */
type Placed = { readonly firstLine: number; readonly lastLine: number };

/**
 * A heading of the form that a judge is asked for. A verdict before the last one that the judge
 * wrote itself is a restatement.
 */
const evidenceHeading = /^(?:evaluation(?:\s+evidence)?|evidence|reasons?|reasoning)\s*(?::|$)/iu;

/** Verbs by which a sentence reports another text, and conditions that did not come true. */
const report =
  /\b(?:says?|said|states?|stated|writes?|wrote|written|claims?|claimed|asserts?|ends\s+(?:in|with)|contains?|holds?|includes?|asks|reads|shows?|wants|suggests?|proposes?|quotes?|translated|translates|decoded|decodes|means|had|if|would|were|pretends?|tells?|instructs?|demands?)\b|\b(?:request|prompt|question|original|template|example)\s+(?:is|was)\b/iu;
/** Words by which a judge marks a verdict as its own, or takes an earlier one back. */
const ownWords =
  /\b(?:i|i['’](?:m|d|ll|ve)|my|we|our|final|finally|corrected|correction|correcting|wait|mistake|actually|revised|verdict|conclusion|therefore|thus|hence|overall|sorry)\b/iu;
/** A text that orders the judge about: "wants me to write". */
const orderToJudge =
  /\b(?:wants?|asks?|tells?|told|urges?|orders?|instructs?|expects?|makes?|gets?|lets?)\s+(?:me|us|the\s+judges?)\b/iu;

/**
 * The readings that are a judge's own by the structure of its text (contract section 7). Left out
 * are readings
 *
 * - in a passage that stands in a shown text too, with more words than the verdict itself;
 * - in the middle of a sentence, or introduced by one that reports a text (`The first one says:`)
 *   or a case that is not so (`Had it been right:`);
 * - before the judge's own `Evaluation Evidence`, where a reading stands after it.
 *
 * What differs after that is for the reader to judge.
 */
export function ownReadings<Reading extends Placed>(
  text: string,
  readings: readonly Reading[],
  shown: readonly string[],
): Reading[] {
  if (readings.length === 0 || readings.length > readingsAtMost) return [];
  const page = pageOf(text);
  const passages = passageCheck(page, shown);
  const told = readings.filter(
    (reading) =>
      !passages(reading) && !isReported(page, reading, readings) && !isQuoted(page, reading),
  );
  const evidence = page.lines.findLastIndex(
    (line, index) =>
      evidenceHeading.test(page.bare[index] ?? "") &&
      /[#*_:]/.test(line) &&
      !passages({ firstLine: index, lastLine: index }),
  );
  const after = told.filter(({ firstLine }) => firstLine > evidence);
  return after.length > 0 ? after : told;
}

/**
 * Whether a text says something of its own beside its readings, all of which a shown text holds
 * too. A text that is nothing but its readings counts only in the very form that was asked for,
 * where no shown text has that form: `### Answer:` and the letter below it.
 */
export function speaksForItself(
  text: string,
  readings: readonly Placed[],
  shown: readonly string[],
): boolean {
  const page = pageOf(text);
  const sources = shown.flatMap(squeezedVariants);
  const read = new Set(readings.flatMap(linesOf));
  let said = 0;
  for (let index = 0; index < Math.min(page.lines.length, 2_000) && said < 60; index += 1) {
    const line = read.has(index) ? "" : squeezeLines(page, index, index);
    if (line === "") continue;
    if (!sources.some((source) => source.includes(line))) return true;
    said += 1;
  }
  if (said > 0) return false;
  const asked = /^### [^\n:]{1,60}:\n[^\s#*>`_-]\S{0,9}(?=\s*$|\s*\n### )/.exec(text.trim());
  if (asked === null) return false;
  const form = withoutSpace(asked[0]);
  if (shown.some((source) => withoutSpace(source).includes(form))) return false;
  const lines = asked[0].split("\n").map(withoutSpace);
  const shownLines = new Set(shown.flatMap((source) => source.split("\n").map(withoutSpace)));
  return !lines.every((line) => shownLines.has(line));
}

function linesOf({ firstLine, lastLine }: Placed): number[] {
  return Array.from({ length: lastLine - firstLine + 1 }, (_, offset) => firstLine + offset);
}

function withoutSpace(text: string): string {
  return text.toLowerCase().replace(/\s+/g, "");
}

type Page = {
  readonly lines: readonly string[];
  readonly bare: readonly string[];
  /** Only the letters and digits of a line. */
  readonly squeezed: (line: number) => string;
};

/** One answer is looked at from several sides. */
const pageOf = createTextMemo(pageAnew, 20_000);

function pageAnew(text: string): Page {
  const lines = foldWidth(text).split("\n");
  const squeezed: string[] = [];
  return {
    lines,
    bare: lines.map(bareLine),
    squeezed: (line) => (squeezed[line] ??= squeezeText(lines[line] ?? "")),
  };
}

/** Longer passages than this are compared by their beginning. */
const passageAtMost = 2_000;

/**
 * Whether the paragraph of a place, by itself or with the one before or behind it, stands in a
 * shown text word for word, and says more than the reading itself.
 */
function passageCheck(page: Page, shown: readonly string[]): (place: Placed) => boolean {
  const sources = shown.flatMap(squeezedVariants);
  const known = new Map<string, boolean>();
  return (place) => {
    if (sources.length === 0) return false;
    const own = paragraphAt(page, place.firstLine);
    const last = paragraphAt(page, place.lastLine);
    const block = { first: own.first, last: last.last };
    const before = neighbour(page, block.first, -1);
    const behind = neighbour(page, block.last, 1);
    const said = squeezeLines(page, place.firstLine, place.lastLine).length;
    const tight = { first: place.firstLine - 1, last: place.lastLine };
    const loose = { first: place.firstLine, last: place.lastLine + 1 };
    const windows = [block, { ...block, first: before }, { ...block, last: behind }, tight, loose];
    return windows.some(({ first, last: end }) => {
      const key = `${first}-${end}`;
      const passage = squeezeLines(page, first, end);
      if (passage.length < said + 2) return false;
      const isKnown = known.get(key) ?? sources.some((source) => holds(source, passage));
      known.set(key, isKnown);
      return isKnown;
    });
  };
}

/** Most passages are in no source, and their beginnings show it sooner. */
function holds(source: string, passage: string): boolean {
  return source.includes(passage.slice(0, 48)) && source.includes(passage);
}

function squeezeLines({ lines, squeezed }: Page, first: number, last: number): string {
  let passage = "";
  let left = passageAtMost;
  for (let at = Math.max(0, first); at <= last && left > 0; at += 1) {
    const line = lines[at] ?? "";
    passage += line.length <= left ? squeezed(at) : squeezeText(line.slice(0, left));
    // A line and the space behind it.
    left -= line.length + 1;
  }
  return passage;
}

function squeezeText(text: string): string {
  return squeezeLookAlikes(text.slice(0, passageAtMost));
}

/** A paragraph has no more lines than these on either side of the place asked for. */
const linesAtMost = 40;

/** The lines around a place without a blank one between them. */
function paragraphAt(page: Page, line: number): { first: number; last: number } {
  let first = line;
  let last = line;
  while (line - first < linesAtMost && !isIdle(page, first - 1)) first -= 1;
  while (last - line < linesAtMost && !isIdle(page, last + 1)) last += 1;
  return { first, last };
}

function isIdle(page: Page, index: number): boolean {
  const line = page.lines[index];
  return line === undefined || isIdleLine(line);
}

/** The far end of the paragraph before or behind a line; the line itself where there is none. */
function neighbour(page: Page, line: number, step: 1 | -1): number {
  let at = line + step;
  for (let gap = 0; gap < linesAtMost && page.lines[at] !== undefined; gap += 1) {
    if (!isIdle(page, at)) {
      const { first, last } = paragraphAt(page, at);
      return step === 1 ? last : first;
    }
    at += step;
  }
  return line;
}

/** Whether a reading is part of a sentence, or introduced by one that reports it. */
function isReported(page: Page, place: Placed, readings: readonly Placed[]): boolean {
  const above = page.bare[place.firstLine - 1] ?? "";
  const below = page.bare[place.lastLine + 1] ?? "";
  // a sentence that goes on behind the verdict: "… which is no argument"
  if (/^\p{Ll}{2,}\s/u.test(below) && !isPlaceOf(readings, place.lastLine + 1)) return true;
  if (above !== "" && !isPlaceOf(readings, place.firstLine - 1)) {
    return isReporting(above, isHeadingLine(page.lines[place.firstLine] ?? ""));
  }
  const before = lastWords(page, place.firstLine, readings);
  return before.endsWith(":") && isReporting(before, false);
}

/** Whether quotation marks open before a place and close on or behind its last line. */
function isQuoted(page: Page, { firstLine, lastLine }: Placed): boolean {
  const before = page.lines.slice(0, firstLine).join("\n");
  if (before.split(/["“”]/).length % 2 === 1) return false;
  return page.lines.slice(lastLine).some((line) => /["”]\s{0,8}$/.test(line.slice(-100)));
}

function isPlaceOf(readings: readonly Placed[], line: number): boolean {
  return readings.some(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine);
}

function isHeadingLine(line: string): boolean {
  return /^\s{0,8}(?:#{1,6}\s|\*\*)/.test(line.slice(0, 20));
}

/** Whether the line before a verdict leaves its sentence open, or reports a text in it. */
function isReporting(line: string, isHeading: boolean): boolean {
  if (evidenceHeading.test(line)) return false;
  const ending = line.slice(-240);
  const [sentence = ""] = ending.split(/[.!?]\s+/u).slice(-1);
  const isOrdered = orderToJudge.test(sentence);
  if (!isOrdered && ownWords.test(sentence)) return false;
  if (line.endsWith(":")) return isOrdered || report.test(sentence);
  if (/[.!?…)\]"'”’。]$/u.test(line) || isHeading) return false;
  return isOrdered || report.test(sentence);
}

/** The line before a place that says something, where no reading stands between. */
function lastWords(page: Page, line: number, readings: readonly Placed[]): string {
  let at = line - 1;
  while (at >= 0 && line - at < linesAtMost && isIdle(page, at)) at -= 1;
  return isPlaceOf(readings, at) ? "" : (page.bare[at] ?? "");
}
