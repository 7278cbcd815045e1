import { unifyLineEnds } from "./fold-text.ts";

/** A text without a message's mark, and the lines that held it, from 0. */
export type MarkedText = { readonly text: string; readonly lines: ReadonlySet<number> };

/**
 * The lines of an answer that hold the mark of the message (`createFence`). No shown text can hold
 * the mark, so a verdict on such a line is the judge's own. Lines of a fence that a judge copied
 * don't count.
 */
export function markedLines(text: string, mark: string | undefined): MarkedText {
  if (mark === undefined || mark === "" || !text.toLowerCase().includes(mark)) {
    return { text, lines: new Set() };
  }
  // without the flag u, which takes letters of other alphabets for those of the mark
  const word = new RegExp(
    String.raw`[ \t]{0,4}[[({"'*_${"`"}]{0,4}\b${mark}\b["'*_${"`"}]{0,4}[\])}]?`,
    "gi",
  );
  const lines = new Set<number>();
  const plain = unifyLineEnds(text)
    .split("\n")
    .map((line, index) => {
      if (/<<<|>>>/.test(line) || line.search(word) < 0) return line;
      lines.add(index);
      return line.replace(word, "");
    });
  return { text: plain.join("\n"), lines };
}
