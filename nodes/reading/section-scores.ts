import { bareLine } from "./find-readings.ts";
import { foldWidth } from "./fold-text.ts";
import { parseScore, type Scale } from "./parse-score.ts";
import type { FoundReading } from "./verdict-form.ts";

const sideHeading =
  /^(?:(?:evaluation|assessment|review)\s+(?:of|for)\s+)?(?:the\s+)?(?:response\s+(?:of|from|by)\s+)?(?:ai\s+)?(?:assistant|response|model)\s+#?([ab12])(?:['’]s(?:\s+(?:response|answer))?)?\s*:?$/iu;
const scoreLine = /^(?:overall\s+|final\s+|total\s+)?(?:score|rating)\s*[:=–—-]\s*(.+)$/iu;
const isHeading = /^\s{0,8}(?:#{1,6}\s|\*\*|__)|:\s*$/;

/**
 * Scores that stand on lines of their own under a heading that names an assistant: `### Assistant
 * A`, its faults and merits, `Score: 8/10`.
 */
export function findSectionScores(text: string, scale: Scale): FoundReading<"a" | "b", number>[] {
  const found: FoundReading<"a" | "b", number>[] = [];
  let slot: "a" | "b" | null = null;
  for (const [index, line] of foldWidth(text).split("\n").entries()) {
    if (line === "" || /^\s*>/.test(line.slice(0, 100))) continue;
    const bare = bareLine(line);
    const named = isHeading.test(line.slice(0, 400)) ? sideHeading.exec(bare) : null;
    if (named !== null) slot = /[a1]/i.test(named[1] ?? "") ? "a" : "b";
    const score = scoreLine.exec(bare);
    if (slot === null || score === null) continue;
    const value = parseScore(score[1] ?? "", scale);
    found.push({ slot, value, firstLine: index, lastLine: index });
  }
  return found;
}
