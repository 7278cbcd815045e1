/** A longer line is no fence line; labels are a few words. */
const longestFenceLine = 200;

/**
 * An answer without the lines that are only a fence of the request with one of these marks. Small
 * models copy such lines, whole or in part, around or into what they write. No text shown in the
 * request holds a mark (`createFence`), so no line of the answer's own is lost: a line with other
 * words beside the fence is kept as it is. Blank lines at the ends go with the cut ones.
 */
export function withoutFenceLines(text: string, marks: readonly string[]): string {
  const lower = text.toLowerCase();
  const present = marks.filter((mark) => mark !== "" && lower.includes(mark));
  if (present.length === 0) return text;
  const lines = text.split("\n");
  const kept = lines.filter((line) => !present.some((mark) => isFenceLine(line, mark)));
  if (kept.length === lines.length) return text;
  return kept
    .join("\n")
    .replace(/^(?:[ \t\r]*\n)+/, "")
    .trimEnd();
}

/** A quotation's, list's or emphasis's marks around the line are no words of its own. */
const decoration = /^[\s>*_`#|"'\\-]+|[\s<*_`|"'\\.:-]+$/g;

function isFenceLine(line: string, mark: string): boolean {
  if (line.length > longestFenceLine) return false;
  const bare = line.replace(decoration, "");
  if (bare.toLowerCase() === mark) return true;
  const inside = /^(<*)([\p{L}\p{N} _-]*)(>*)$/u.exec(bare);
  if (inside === null) return false;
  const [, before = "", label = "", behind = ""] = inside;
  return before + behind !== "" && label.trimEnd().toLowerCase().endsWith(` ${mark}`);
}
