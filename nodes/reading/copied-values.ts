import { bareLine, findReadings } from "./find-readings.ts";
import { foldLookAlikes, squeezeFolded } from "./fold-text.ts";
import { createFormMemo, createTextMemo } from "./text-memo.ts";
import type { VerdictForm } from "./verdict-form.ts";

/**
 * The echo rule of contract section 7: which verdicts a judge could have copied out of a candidate.
 *
 * A judge that repeats a candidate may quote it, fence it, strip its bold marks, change its case
 * or its white space, take one line of it or all; and its own verdict may stand beside that in
 * the very form that the candidate imitates. Where a text differs in nothing but its writer, only
 * what it says is left to tell by: so a value under a heading counts as copied when the same
 * value stands under the same heading anywhere in a candidate, compared by letters and digits
 * alone. A judge's own verdict of another value is still its own. One of the same value can't be
 * told from the copy and is given up: a verdict that is asked for again costs less than one that
 * a candidate wrote.
 */
export function copiedValues<Slot extends string, Value extends string | number>(
  candidates: readonly string[],
  form: VerdictForm<Slot, Value>,
): { has(slot: Slot, value: Value): boolean } {
  const key = (slot: string, value: string | number) =>
    `${form.copySlot?.(slot as Slot) ?? slot} ${value}`;
  const texts = candidates.map((candidate) => heldBy(candidate, form));
  const copied = new Set(texts.flatMap(({ pairs }) => pairs.map((pair) => key(...pair))));
  const slots = new Set(texts.flatMap(({ bareHeadings }) => bareHeadings));
  // A judge may leave out what stands between a heading and a value anywhere.
  const values = slots.size === 0 ? [] : texts.flatMap(({ bareValues }) => bareValues());
  for (const slot of slots) for (const value of values) copied.add(key(slot, value));
  return { has: (slot, value) => copied.has(key(slot, value)) };
}

/** What a candidate holds that a judge could have copied. */
type Held = {
  /** Values under their headings, by the slots of those. */
  readonly pairs: readonly (readonly [slot: string, value: string | number])[];
  /** The slots of headings with nothing under them. */
  readonly bareHeadings: readonly string[];
  /** Values on lines of their own, whatever they are under. */
  readonly bareValues: () => readonly (string | number)[];
};
type AnyForm = VerdictForm<string, string | number>;

/** A response is shown to the reviewers and judges of several rounds. */
const heldBy = createFormMemo<AnyForm, Held>((candidate, form) => {
  const texts = foldedVariants(candidate);
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .map((line) => bareLine(line.replace(/^[\s>|"']+/, "")));
  const found = texts.flatMap((text) => findReadings(text, form));
  return {
    pairs: [
      ...texts.flatMap((text) => valuesUnderHeadings(text, form)),
      ...found.flatMap(({ slot, value }) => (value === null ? [] : [[slot, value] as const])),
    ],
    bareHeadings: lines.flatMap((line) => bareHeadingsOn(line, form)),
    bareValues: () => lines.map((line) => form.parse(line)).filter((value) => value !== null),
  };
}, 1_000_000);

/** The slots of the headings that a line is, where it holds nothing else. */
function bareHeadingsOn(line: string, form: AnyForm): string[] {
  return form.headings.flatMap((pattern) => {
    const heading = pattern.exec(line);
    if (heading === null || /\w/.test(line.slice(heading[0].length))) return [];
    return [form.slotOf(heading[1] ?? "")];
  });
}

/**
 * A candidate as it stands, and as it shows when its tags, entities and escapes are taken for
 * what they mean.
 */
export const foldedVariants: (candidate: string) => readonly string[] = createTextMemo(
  foldAnew,
  4_000_000,
);

function foldAnew(candidate: string): string[] {
  if (candidate.trim() === "") return [];
  const plain = foldLookAlikes(candidate);
  if (!/[<&\\]/.test(candidate)) return [plain];
  const rendered = candidate
    .replace(/<\/?[a-z][^<>\n]{0,200}>/gi, "")
    .replace(/&#(x[0-9a-f]{1,6}|\d{1,7});/gi, (_entity, code: string) => entityCharacter(code))
    .replace(/&nbsp;/gi, " ")
    .replace(/&colon;/gi, ":")
    .replace(/\\[nrt]/g, "\n");
  return rendered === candidate ? [plain] : [plain, foldLookAlikes(rendered)];
}

/** A text's variants with only their letters and digits left. */
export function squeezedVariants(text: string): string[] {
  return foldedVariants(text).map(squeeze);
}

function entityCharacter(code: string): string {
  const codePoint = /^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code);
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : "";
}

/** Heading and value in one piece, whatever stands between their letters. */
function valuesUnderHeadings<Slot extends string, Value extends string | number>(
  text: string,
  form: VerdictForm<Slot, Value>,
): [Slot, Value][] {
  const matches = [...squeeze(text).matchAll(form.squeezed)];
  if (matches.length === 0) return [];
  const origins = originsOf(text);
  return matches.flatMap((match) => {
    const end = match.index + match[0].length;
    const valueAt = origins[end] ?? text.length;
    if (form.strictHeading && !isSetApart(text, origins, match.index, valueAt)) return [];
    const slot = form.slotOf(match[1] ?? "");
    return form
      .squeezedValues(match, text.slice(valueAt, valueAt + 64))
      .map((value): [Slot, Value] => [slot, value]);
  });
}

/** Only letters and digits of a folded text. */
const squeeze = createTextMemo(squeezeFolded, 2_000_000);

/** Where in a text each unit of its squeezed form stands. */
function originsOf(text: string): Uint32Array {
  const origins = new Uint32Array(text.length);
  let count = 0;
  for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const [word] = match;
    for (let unit = 0; unit < word.length; unit += 1) origins[count++] = match.index + unit;
  }
  return origins.slice(0, count);
}

/** True unless heading and value are neighbouring words of a sentence: `to answer a question`. */
function isSetApart(text: string, origins: Uint32Array, start: number, valueAt: number): boolean {
  const before = text
    .slice(0, origins[start] ?? 0)
    .trimEnd()
    .slice(-1);
  if (/[#*_~`]/.test(before)) return true;
  const between = text.slice(origins[start] ?? 0, valueAt);
  return /\n|[^\p{L}\p{N}\s,]/u.test(between);
}
