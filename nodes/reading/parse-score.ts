/** The highest score a judge may give; the lowest is 0. */
export type Scale = 5 | 10 | 100;

/** What comes behind a number that goes on: `85` of `850`, `8` of `8th`, `8` of `8%`. */
const goesOn = String.raw`(?![\p{L}\p{M}\p{N}%‰°⁄])`;

const number = new RegExp(
  String.raw`^[[("'“‘<\s]*(\d+(?:\.\d+|,\d{1,2})?)(?:(?=[分점点])|${goesOn})`,
  "u",
);
const denominator = new RegExp(
  String.raw`^[\])"'”’>\s]*(?:\/|(?:out\s+)?of\b|sur\b|von\b)\s*[[(]*(\d+(?:\.0+)?)${goesOn}`,
  "iu",
);

/**
 * Something that could be a second score: `8/10 or 9/10`, `7/10-8/10`, `6/10 is too low, so 8 out
 * of 10`.
 */
const anotherScore = /\d\s*(?:\/|out\s+of)\s*\d|^\W*(?:to\b|or\b|and\b)?\W*\d/iu;

/** Words behind a score that take it back: `10/10 would be too generous`. */
const hedge =
  /\b(?:too|than|unless|not|never|if|had|at\s+most|at\s+least|up\s+to|instead|deserve[sd]?)\b|n['’]t\b/iu;

/** What may stand behind a bare number. A list's `1. Clarity` or `3 errors` is no score. */
const afterBareNumber =
  /^(?!\s*\/)(?:[^\p{L}\p{N}]*|\s*(?:points?|分|점|点)[^\p{L}\p{N}]*|\s*\(\D*\)[^\p{L}\p{N}]*)$/iu;

/** No longer text is read as a value: the patterns take quadratic time in what they are given. */
export const valueLengthAtMost = 240;

/**
 * The score at the start of a text that has no Markdown marks left: `8/10`, `8.5 / 10`, `8,5/10`,
 * `8 out of 10`, `[8/10]`, or a bare `8`.
 *
 * Null for a placeholder (`X/10`), a score outside 0 … scale, a range or a choice of scores, and
 * for a denominator other than the scale: a judge that scores out of 10 when asked for 100 may
 * not have meant ten times as much, so the score is asked for again and never rescaled.
 */
export function parseScore(text: string, scale: Scale): number | null {
  const line = text.slice(0, valueLengthAtMost);
  const found = number.exec(line);
  if (found?.[1] === undefined) return null;
  const value = Number(found[1].replace(",", "."));
  if (value > scale) return null;

  const behind = line.slice(found[0].length);
  const over = denominator.exec(behind);
  if (over === null) return afterBareNumber.test(behind) ? value : null;
  if (Number(over[1]) !== scale) return null;
  const rest = behind.slice(over[0].length);
  const [clause = ""] = rest.split(/[.;(\n]|\s[-–—]\s/, 1);
  return anotherScore.test(rest) || hedge.test(clause) ? null : value;
}

/**
 * The score in a sentence that holds one fraction and no other number: `I give it 8/10.` Null for
 * any other line.
 */
export function scoreInSentence(line: string, scale: Scale): number | null {
  const sentence = line.slice(0, valueLengthAtMost);
  const at = /\d/.exec(sentence)?.index;
  if (at === undefined || line.length > valueLengthAtMost) return null;
  const before = sentence.slice(0, at);
  const after = sentence.slice(at);
  if (hedge.test(before) || /[-–—−]\s*$/.test(before)) return null;
  if (!/^\d+(?:[.,]\d+)?\s*(?:\/|out\s+of)\s*\d+(?:\.0+)?(?:\D*)$/iu.test(after)) return null;
  return parseScore(after, scale);
}
