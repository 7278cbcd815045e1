/** Zero-width space, non-joiner and joiner, word joiner and byte order mark. */
const zeroWidth = /[\u200b-\u200d\u2060\ufeff]/g;

/**
 * Whether two texts are one and the same for a trainer: they differ at most in white space at their
 * ends, in line ends, in Unicode normal form or in zero-width characters. Chat templates cut such
 * differences off, and a pair of them teaches nothing.
 */
export function isSameText(one: string, other: string): boolean {
  return one === other || plainForm(one) === plainForm(other);
}

/** The text without the differences that `isSameText` passes over. */
export function plainForm(text: string): string {
  // A lone surrogate can't be written to a file; the replacement character takes its place.
  const written = text.replace(/\p{Surrogate}/gu, "\ufffd").normalize("NFC");
  return written.replace(zeroWidth, "").replace(/\r\n?/g, "\n").trim();
}
