let words: Intl.Segmenter | undefined;
/** Scripts that write no space between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const letterOrDigit = /[\p{L}\p{N}]/u;

/**
 * The words of a text: what stands between white space and holds a letter or a digit. Text of a
 * script that writes no spaces is cut into words by Unicode's rules and dictionaries.
 */
export function countWords(text: string): number {
  return text
    .split(/\s+/u)
    .filter((word) => letterOrDigit.test(word))
    .reduce((sum, word) => sum + (unspaced.test(word) ? segmentedWords(word) : 1), 0);
}

function segmentedWords(text: string): number {
  // Made where it is needed: its dictionaries take a while to load.
  words ??= new Intl.Segmenter("en", { granularity: "word" });
  return [...words.segment(text)].filter(({ isWordLike }) => isWordLike === true).length;
}

/** Whether a letter or digit of a script with spaces is at this place, so that a word goes on. */
export function isInsideWord(character: string): boolean {
  return letterOrDigit.test(character) && !unspaced.test(character);
}
