/**
 * What a text may hold that a reader can't see or that shows other text in another order: control
 * characters apart from tab and line ends, marks that turn the direction of writing, halves of
 * characters, and invisible tags. Flags are made of tags, so these are matched first.
 */
const unseen =
  /\u{1F3F4}[\u{E0020}-\u{E007E}]+\u{E007F}|\r\n|[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFFF9-\uFFFB\uD800-\uDFFF\u{E0000}-\u{E007F}]/gu;

/**
 * A text of a run as people can see it: ESC becomes `␛`, and a mark without a picture of its own
 * its number, such as `⟨U+202E⟩`.
 */
export function visibleText(text: string): string {
  return text.replaceAll(unseen, (found) => {
    const code = found.codePointAt(0) ?? 0;
    if (found.length > 2 || found === "\r\n") return found;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/**
 * Where JSON may hold what people can't see: escapes other than those of quotes, tabs and line
 * ends, and characters that need none. It may also match what is visible.
 */
const mayBeUnseen =
  /\\[ubf]|\\r(?!\\n)|[\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFFF9-\uFFFB]|\uDB40/;

/** A value as JSON, its texts as people can see them. */
export function visibleJson(value: unknown): string {
  // Nearly all texts are visible as they are, and going through them one by one takes long.
  const json = JSON.stringify(value);
  if (!mayBeUnseen.test(json)) return json;
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "string" ? visibleText(inner) : inner,
  );
}
