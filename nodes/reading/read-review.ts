import { bareLine, findReadings } from "./find-readings.ts";
import { foldWidth, squeezeLookAlikes, unifyLineEnds } from "./fold-text.ts";
import { readScore } from "./read-verdict.ts";
import { createTextMemo } from "./text-memo.ts";
import { overallScoreForm } from "./verdict-form.ts";

type Kind = "opening" | "evaluation" | "feedback" | "closing";
type Section = { kind: Kind; lines: string[] };

/**
 * `### Evaluation:`, `**Feedback**`, `Feedback: shorten it`; group 2 is what follows on the same
 * line.
 */
const sectionHeading =
  /^(evaluation|feedback)(?:\s+evidence)?(?![\p{L}\p{N}'’])\s*(?::\s*(.*))?$/iu;
const bullet = /^\s*[-+•*]\s/;
const marked = /^\s*(?:#{1,6}\s|\*\*|__)/;

/**
 * A review read into its parts, which stand under headings in any style (arXiv 2408.08688,
 * section 5: evaluation, overall score, feedback). A part that is missing is empty.
 *
 * - `score`: the reviewer's own `Overall Score` out of 10 (`readScore`), rounded to one decimal;
 *   null where there is none, or own scores differ
 * - `evaluation`: what stands under its heading, else what stands before the first heading of
 *   another part
 * - `feedback`: what stands under its heading, else the whole text without its score lines
 *
 * Where a heading comes more than once, its sections are joined, without those that a candidate
 * holds word for word under the same heading.
 */
export function readReview(
  text: string,
  { candidates }: { candidates: readonly string[] },
): { evaluation: string; score: number | null; feedback: string } {
  const readings = findReadings(text, overallScoreForm(10)).filter(({ value }) => value !== null);
  const score = readings.length === 0 ? null : readScore({ text, scale: 10, candidates });

  const scoreLines = new Set<number>();
  for (const { firstLine, lastLine } of readings) {
    for (let line = firstLine; line <= lastLine; line += 1) scoreLines.add(line);
  }
  // the parts keep every character as it was written; only the headings are read folded
  const lines = unifyLineEnds(text)
    .split("\n")
    .map((line, index) => (scoreLines.has(index) ? null : line));
  const sections = sectionsOf(lines);
  return {
    evaluation: partOf(sections, "evaluation", candidates) || partOf(sections, "opening", []),
    score: score !== null ? Math.round(score * 10) / 10 : null,
    feedback: partOf(sections, "feedback", candidates) || joined(lines),
  };
}

/** Whether a text says nothing but what one of the shown texts holds, in or out of a fence. */
export function isEcho(text: string, shown: readonly string[]): boolean {
  const own = unifyLineEnds(text)
    .split("\n")
    .filter((line) => !/^\s*(?:<<<.*|.*>>>)\s*$/.test(line.slice(0, 300)));
  const squeezed = squeezeLookAlikes(own.join("\n"));
  return squeezed === "" || shown.some((source) => squeezedSource(source).includes(squeezed));
}

/** A response is shown to the reviewers of all rounds. */
const squeezedSource = createTextMemo(squeezeLookAlikes, 1_000_000);

/** The text cut at its headings. A null, which stands for a line of a score, ends the opening. */
function sectionsOf(lines: readonly (string | null)[]): Section[] {
  const first: Section = { kind: "opening", lines: [] };
  const sections = [first];
  for (const line of lines) {
    const heading = line === null ? null : headingOf(line);
    const last = sections.at(-1) ?? first;
    if (heading !== null) sections.push(heading);
    else if (line !== null) last.lines.push(line);
    else if (last.kind === "opening") sections.push({ kind: "closing", lines: [] });
  }
  // a text without any heading is feedback and nothing else
  return sections.length === 1 ? [] : sections;
}

/**
 * The section that a line opens; null for any other line. A bullet opens none, and a plain word
 * needs its colon.
 */
function headingOf(line: string): Section | null {
  if (bullet.test(line)) return null;
  const bare = bareLine(foldWidth(line));
  const found = sectionHeading.exec(bare);
  if (found === null || (!bare.includes(":") && !marked.test(line))) return null;
  const kind = found[1]?.toLowerCase() === "feedback" ? "feedback" : "evaluation";
  // what follows on the same line keeps its own marks
  const behind = (found[2] ?? "") === "" ? "" : line.replace(/^[^:：]*[:：](?:\*\*|__)?\s*/u, "");
  return { kind, lines: [behind] };
}

/** With more sections than this a model repeated itself, and none is looked for in candidates. */
const sectionsAtMost = 50;

function partOf(sections: readonly Section[], kind: Kind, candidates: readonly string[]): string {
  const texts = sections
    .filter((section) => section.kind === kind)
    .map(({ lines }) => joined(lines));
  const isRepeated = texts.length > 1 && texts.length <= sectionsAtMost;
  const squeezed = isRepeated ? candidates.map(squeezedSource) : [];
  return texts
    .filter(
      (text) => !squeezed.some((candidate) => candidate.includes(kind + squeezeLookAlikes(text))),
    )
    .filter((text) => text !== "")
    .join("\n\n");
}

/** Lines as one text, with no more than one blank line where something was taken out. */
function joined(lines: readonly (string | null)[]): string {
  const kept = lines.filter((line) => line !== null);
  return kept
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
