import { bareLine, findReadings } from "./find-readings.ts";
import { foldLookAlikes } from "./fold-text.ts";
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
export function foldedVariants(candidate: string): readonly string[] {
  const known = variants.get(candidate) ?? foldAnew(candidate);
  variants.delete(candidate);
  variants.set(candidate, known);
  const [oldest] = variants.keys();
  if (variants.size > variantsAtMost && oldest !== undefined) variants.delete(oldest);
  return known;
}

/** Variants of texts, the latest last: a row's judges and strategies all read the same texts. */
const variants = new Map<string, readonly string[]>();
const variantsAtMost = 32;

function foldAnew(candidate: string): string[] {
  if (candidate.trim() === "") return [];
  const rendered = candidate
    .replace(/<\/?[a-z][^<>\n]{0,200}>/gi, "")
    .replace(/&#(x[0-9a-f]{1,6}|\d{1,7});/gi, (_entity, code: string) => entityCharacter(code))
    .replace(/&nbsp;/gi, " ")
    .replace(/&colon;/gi, ":")
    .replace(/\\[nrt]/g, "\n");
  const plain = foldLookAlikes(candidate);
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

type Squeezed = { readonly squeezed: string; readonly origins: readonly number[] };

/**
 * Squeezed texts, the latest last: the jurors of a row, and the debaters, all read the same
 * candidates.
 */
const squeezedTexts = new Map<string, Squeezed>();
const squeezedAtMost = 256;

function squeeze(text: string): Squeezed {
  const known = squeezedTexts.get(text) ?? squeezeAnew(text);
  squeezedTexts.delete(text);
  squeezedTexts.set(text, known);
  const [oldest] = squeezedTexts.keys();
  if (squeezedTexts.size > squeezedAtMost && oldest !== undefined) squeezedTexts.delete(oldest);
  return known;
}

/** Only letters and digits of a text, and where in the text each stood. */
function squeezeAnew(text: string): Squeezed {
  const origins: number[] = [];
  const kept: string[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}]/gu)) {
    for (let unit = 0; unit < match[0].length; unit += 1) origins.push(match.index + unit);
    kept.push(match[0]);
  }
  return { squeezed: kept.join(""), origins };
}

/** True unless heading and value are neighbouring words of a sentence: `to answer a question`. */
function isSetApart(
  text: string,
  origins: readonly number[],
  start: number,
  valueAt: number,
): boolean {
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
