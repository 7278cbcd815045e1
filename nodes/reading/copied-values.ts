import { bareLine, findReadings } from "./find-readings.ts";
import { foldLookAlikes } from "./fold-text.ts";
import { createTextMemo } from "./text-memo.ts";
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
  const copied = new Set<string>();
  const key = (slot: Slot, value: Value) => `${form.copySlot?.(slot) ?? slot} ${value}`;
  const texts = candidates.flatMap(foldedVariants);
  for (const text of texts) {
    for (const [slot, value] of valuesUnderHeadings(text, form)) copied.add(key(slot, value));
    for (const { slot, value } of findReadings(text, form)) {
      if (value !== null) copied.add(key(slot, value));
    }
  }
  for (const [slot, value] of valuesApartFromHeadings(texts, form)) copied.add(key(slot, value));
  return { has: (slot, value) => copied.has(key(slot, value)) };
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
  return foldedVariants(text).map((variant) => squeeze(variant).squeezed);
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
  const { squeezed, origins } = squeeze(text);
  return [...squeezed.matchAll(form.squeezed)].flatMap((match) => {
    const end = match.index + match[0].length;
    const valueAt = origins[end] ?? text.length;
    if (form.strictHeading && !isSetApart(text, origins, match.index, valueAt)) return [];
    const slot = form.slotOf(match[1] ?? "");
    return form
      .squeezedValues(match, text.slice(valueAt, valueAt + 64))
      .map((value): [Slot, Value] => [slot, value]);
  });
}

type Squeezed = { readonly squeezed: string; readonly origins: Uint32Array };

/** Only letters and digits of a text, and where in the text each stood. */
const squeeze = createTextMemo(squeezeAnew, 2_000_000);

function squeezeAnew(text: string): Squeezed {
  const origins = new Uint32Array(text.length);
  const kept: string[] = [];
  let count = 0;
  for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const [word] = match;
    for (let unit = 0; unit < word.length; unit += 1) origins[count++] = match.index + unit;
    kept.push(word);
  }
  return { squeezed: kept.join(""), origins: origins.slice(0, count) };
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

/**
 * A heading with nothing under it, and values on lines of their own anywhere: a judge may leave
 * out what stands between.
 */
function valuesApartFromHeadings<Slot extends string, Value extends string | number>(
  texts: readonly string[],
  form: VerdictForm<Slot, Value>,
): [Slot, Value][] {
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .map((line) => bareLine(line.replace(/^[\s>|"']+/, "")));
  const slots = new Set<Slot>();
  for (const line of lines) {
    for (const pattern of form.headings) {
      const heading = pattern.exec(line);
      if (heading !== null && !/\w/.test(line.slice(heading[0].length)))
        slots.add(form.slotOf(heading[1] ?? ""));
    }
  }
  if (slots.size === 0) return [];
  const values = lines.map((line) => form.parse(line)).filter((value) => value !== null);
  return [...slots].flatMap((slot) => values.map((value): [Slot, Value] => [slot, value]));
}
