import { foldWidth } from "./fold-text.ts";
import { findJsonReadings } from "./find-json-readings.ts";
import { valueLengthAtMost } from "./parse-score.ts";
import { createFormMemo } from "./text-memo.ts";
import type { FoundReading, VerdictForm } from "./verdict-form.ts";

const marks = /[*_~`]/g;
/**
 * What may stand before a heading or value on its line: `#`, a bullet, a list number; never `>`.
 */
const lead = /^[\s#\-+•|]*(?:\d{1,2}[.)]\s+)?/;
/** A line that says nothing: blank, a rule, a code fence. */
const idle = /^[\s*_~`#=-]*$/;
/** A line that Markdown sets off as a heading. */
const markedHeading = /^\s*(?:#{1,6}\s|\*\*|__)/;
/** Tags that set a text or name a verdict; the tags of a verdict are headings. */
const settingTag =
  /<\/?(?:b|i|u|p|em|br|hr|li|ul|ol|div|span|strong|code|pre|h[1-6])(?:\s[^<>]{0,100})?\/?>/gi;
const verdictTag =
  /<(final_?answer|answer|verdict|winner|choice|decision|judge?ment|preference)>\s*/gi;
const endTag =
  /\s*<\/(?:final_?answer|answer|verdict|winner|choice|decision|judge?ment|preference)>/gi;
/** A word that a line may open with before its heading: `Correction: Score Assistant B: 9/10`. */
const opener =
  /^(?:correction|corrected|revised|revision|update|edit|wait|actually|sorry|okay|ok|so)\s{0,4}[:,!–—-]\s{0,4}(?:make\s+that\s+)?/iu;
/** Where a second score begins on a line. */
const secondScore =
  /[,;|]\s*(?:and\s+)?(?=(?:[a-z]+\s+){0,2}(?:score|rating)\b|(?:assistant|response)\s+[ab12]\b)/gi;

/**
 * All places in a text where a heading of the form stands at the start of a line, with the value
 * that follows it on that line or on the next line that says something; values in double brackets
 * or a box; and members of JSON objects. Lines quoted with `>` hold none. Takes linear time: no
 * more than a few hundred characters of a line are read.
 */
export function findReadings<Slot extends string, Value extends string | number>(
  text: string,
  form: VerdictForm<Slot, Value>,
): readonly FoundReading<Slot, Value>[] {
  return remembered(text, form) as readonly FoundReading<Slot, Value>[];
}

type AnyForm = VerdictForm<string, string | number>;

/** An answer is read as soon as it is there, by one reader after the other. */
const remembered = createFormMemo<AnyForm, readonly FoundReading<string, string | number>[]>(
  findAnew,
  20_000,
);

function findAnew<Slot extends string, Value extends string | number>(
  text: string,
  form: VerdictForm<Slot, Value>,
): FoundReading<Slot, Value>[] {
  const lines = foldWidth(text).split("\n");
  const found = lines.flatMap((line, index) => readingsOfLine(lines, line, index, form));
  const json = found.some(({ value }) => value !== null) ? [] : findJsonReadings(lines, form);
  const readings = [...found, ...json];
  return readings.length > 0 ? readings : aloneReading(lines, form);
}

/** A line without Markdown marks and what may stand before its words. */
export function bareLine(line: string): string {
  return plainLine(line).replace(lead, "").trim();
}

/** True for a line that holds nothing but white space and Markdown marks. */
export function isIdleLine(line: string): boolean {
  return idle.test(line);
}

function plainLine(line: string): string {
  const cut = line.slice(0, 2 * valueLengthAtMost);
  if (!/[*_~`<\\$⭐🏆✅]/u.test(cut)) return cut;
  return cut
    .replace(settingTag, "")
    .replace(verdictTag, (_tag, name: string) => `${name.replace("_", " ")}: `)
    .replace(endTag, "")
    .replace(/\\(?:boxed|text|mathbf)\{([^{}]{0,40})\}/g, "$1")
    .replace(/\$|[⭐🏆✅]\uFE0F?\s*/gu, "")
    .replace(marks, "");
}

function readingsOfLine<Slot extends string, Value extends string | number>(
  lines: readonly string[],
  line: string,
  index: number,
  form: VerdictForm<Slot, Value>,
): FoundReading<Slot, Value>[] {
  if (line === "" || /^\s*>/.test(line.slice(0, 100))) return [];
  const segments = bareLine(line).replace(opener, "").split(secondScore);
  const headed = segments.flatMap((segment) => {
    const heading = headingAt(line, segment, form);
    if (heading === null) return [];
    return [{ slot: heading.slot, ...valueUnder(lines, index, heading.behind, form) }];
  });
  const alone = form.parseLine?.(bareLine(line)) ?? null;
  if (alone !== null) {
    return [{ slot: form.slotOf(""), value: alone, firstLine: index, lastLine: index }];
  }
  if (headed.length > 0 || !form.bracketed) return headed;
  return bracketedValues(line, index, form);
}

function headingAt<Slot extends string, Value extends string | number>(
  line: string,
  segment: string,
  form: VerdictForm<Slot, Value>,
): { slot: Slot; behind: string } | null {
  for (const pattern of form.headings) {
    const found = pattern.exec(segment);
    if (found === null) continue;
    const [, over, sign = "", behind = ""] =
      /^\s*(?:\((?:out\s+of|max\.?|of|\/)?\s*\/?\s*(\d{1,3})\)\s*)?(:|=|→|\s[-–—](?=\s)|—|\|)?\s*(.*)$/u.exec(
        segment.slice(found[0].length),
      ) ?? [];
    const isVerdict = sign !== "" || !form.strictHeading || (behind === "" && isMarked(line));
    if (!isVerdict) continue;
    const value =
      over !== undefined && /^\W*\d+(?:[.,]\d+)?\W*$/.test(behind)
        ? `${behind.replace(/\W+$/, "")}/${over}`
        : behind.replace(/^is\s+/i, "");
    return { slot: form.slotOf(found[1] ?? ""), behind: value };
  }
  return null;
}

function isMarked(line: string): boolean {
  return markedHeading.test(line.slice(0, 100));
}

function valueUnder<Value extends string | number>(
  lines: readonly string[],
  index: number,
  behind: string,
  form: VerdictForm<string, Value>,
): { value: Value | null; firstLine: number; lastLine: number } {
  const onHeading = { firstLine: index, lastLine: index };
  if (/[\p{L}\p{N}]/u.test(behind)) {
    const isCutShort = /^\s{0,8}\//.test((lines[index + 1] ?? "").slice(0, 10));
    if (isCutShort) return { value: null, ...onHeading };
    const value = form.parse(behind) ?? form.parseSentence?.(behind) ?? null;
    return { value, ...onHeading };
  }
  let next = index + 1;
  while (next < lines.length && isIdleLine(lines[next] ?? "")) next += 1;
  // a list's number is a value here: `10.` stands for a ten
  const under = plainLine(lines[next] ?? "")
    .replace(/^[\s#]*(?:[-+•]\s+)?/, "")
    .trim();
  const named = under.replace(/^(?:overall\s+|final\s+)?(?:score|rating|answer)\s*[:=]\s*/iu, "");
  const value = /^\s*>/.test(under)
    ? null
    : (form.parse(named) ?? form.parseSentence?.(named) ?? null);
  return value === null ? { value, ...onHeading } : { value, firstLine: index, lastLine: next };
}

/** `[[A]]`, `[[A>>B]]`, `[[8]]`, `\boxed{B}`, `[RESULT] A` anywhere on a line. */
function bracketedValues<Slot extends string, Value extends string | number>(
  line: string,
  index: number,
  form: VerdictForm<Slot, Value>,
): FoundReading<Slot, Value>[] {
  const ending = line.slice(-2 * valueLengthAtMost);
  if (!ending.includes("[") && !ending.includes("{")) return [];
  const found = ending.matchAll(
    /\[\[([^[\]]{1,20})\]\]|\\boxed\{([^{}]{1,20})\}|\[RESULT\]:?\s{0,4}(\S{1,20})/g,
  );
  return [...found].flatMap(([, inBrackets, inBox, behind]) => {
    const value = form.parse(inBrackets ?? inBox ?? behind ?? "");
    if (value === null) return [];
    return [{ slot: form.slotOf(""), value, firstLine: index, lastLine: index }];
  });
}

/** A text of one line that is a value and nothing else. */
function aloneReading<Slot extends string, Value extends string | number>(
  lines: readonly string[],
  form: VerdictForm<Slot, Value>,
): FoundReading<Slot, Value>[] {
  if (form.parseAlone === undefined || lines.length > 50) return [];
  const said = lines.flatMap((line, index) => (isIdleLine(line) ? [] : [{ line, index }]));
  const [only] = said;
  if (only === undefined || said.length > 1 || /^\s*[>#]/.test(only.line)) return [];
  const value = form.parseAlone(bareLine(only.line));
  if (value === null) return [];
  return [{ slot: form.slotOf(""), value, firstLine: only.index, lastLine: only.index }];
}
