import type { GateCounts } from "./sift.ts";
import { counted } from "../../state/counted.ts";

/** What the gates kept and dropped of each data file, a line each. */
export function gatesText(counts: Readonly<Record<string, GateCounts>>): string[] {
  return Object.entries(counts).map(([file, { lines, kept, dropped }]) => {
    const words = Object.entries(dropped).map(([gate, number]) => `${number} by ${gate}`);
    const rest = words.length === 0 ? "" : `; dropped ${words.join(", ")}`;
    return `Gates, ${file}: ${kept} of ${counted(lines, "line")} kept${rest}.`;
  });
}
