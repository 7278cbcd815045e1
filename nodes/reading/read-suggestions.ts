import { isIdleLine } from "./find-readings.ts";
import { unifyLineEnds } from "./fold-text.ts";

/** The advisor writes no more than so many (arXiv 2406.07054). */
const atMost = 3;

/** A bullet, `1.`, `2)`, `(3)` or `Suggestion 1:` with the white space before it, marks and all. */
const marker =
  /^(\s*)(?:[-+•*]\s+|[*_]{0,2}(?:\(?\d{1,2}[.):]|(?:writing\s+)?suggestion\s+\d{1,2}\s*[.):])[*_]{0,2}\s+)/iu;
const heading = /^\s*#{1,6}\s/;
const foreword = /:[*_]{0,2}\s*$/;

/**
 * An advisor's suggestions, at most three: a line each, or an item each where it wrote a list.
 * Numbers, bullets, headings, rules and a foreword are left out; lines under an item belong to it;
 * of more than three the first three count. Empty where the text holds none.
 */
export function readSuggestions(text: string): string[] {
  const lines = unifyLineEnds(text).split("\n");
  const said = lines.filter((line) => !isIdleLine(line) && !heading.test(line));
  const suggestions = said.some((line) => marker.test(line)) ? itemsOf(lines) : plainLines(said);
  return suggestions.slice(0, atMost);
}

/** A first line that ends in a colon introduces what follows. */
function plainLines(lines: readonly string[]): string[] {
  const [first = ""] = lines;
  const own = lines.length > 1 && foreword.test(first) ? lines.slice(1) : lines;
  return own.map((line) => line.trim());
}

/**
 * The items of a list as far out as its first; text before it, or apart from it, is none.
 */
function itemsOf(lines: readonly string[]): string[] {
  const items: string[] = [];
  let outermost = Infinity;
  let isOpen = false;
  for (const line of lines) {
    const [mark = "", indent = ""] = marker.exec(line) ?? [];
    if (mark !== "" && indent.length <= outermost) {
      outermost = indent.length;
      isOpen = true;
      items.push(line.slice(mark.length).trim());
    } else if (isIdleLine(line) || heading.test(line)) {
      isOpen = false;
    } else if (items.length > 0 && (isOpen || /^\s/.test(line))) {
      items.push(`${items.pop() ?? ""} ${line.trim()}`);
    }
  }
  return items.filter((item) => item !== "");
}
