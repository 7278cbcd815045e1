/** A mark that opens or closes thinking, and where it stands in its text. */
export type ThinkingMark = {
  readonly kind: "open" | "close";
  readonly start: number;
  readonly end: number;
};

/** Names of tags for thinking, as chat templates and prompts use them. */
const tagName = String.raw`(?:[a-z]{1,20}:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratch_?pad|ant_?thinking|inner_?(?:monologue|thoughts?))`;

/**
 * `<think>`, `<thinking>`, `<reasoning>`, `<seed:think>` and kin · `[THINK]` (Magistral) ·
 * `◁think▷` (Kimi) · `<|begin_of_thought|>` (OpenThinker) · `<|START_THINKING|>` (Command A) ·
 * `<|inner_prefix|>` (Apertus) · `<unused94>` (MedGemma) · `<|channel>thought` (Gemma).
 */
const opening = String.raw`<${tagName}(?:\s[^<>\n]{0,200})?>|\[THINK(?:ING)?\]|◁think▷|<\|(?:begin_of_thought|start_thinking|inner_prefix|think)\|>|<unused94>(?:thought\b)?|<\|channel>thought\b`;
const closing = String.raw`<\/${tagName}\s{0,8}>|\[\/THINK(?:ING)?\]|◁\/think▷|<\|(?:end_of_thought|end_thinking|inner_suffix|\/think)\|>|<unused95>|<channel\|>`;
const mark = new RegExp(`(${opening})|(?:${closing})`, "gi");

/** All marks of thinking in a text, in their order, but those inside code. Takes linear time. */
export function findMarks(text: string): ThinkingMark[] {
  if (!/[<[◁]/u.test(text)) return [];
  const marks = [...text.matchAll(mark)].map((found) => ({
    kind: found[1] === undefined ? ("close" as const) : ("open" as const),
    start: found.index,
    end: found.index + found[0].length,
  }));
  if (marks.length === 0) return [];
  const isCode = codeOf(text);
  return marks.filter(({ start }) => !isCode(start));
}

/**
 * Whether a place stands in a code fence, or between two backticks of one line. Places must be
 * asked for in their order, so that the text is read once.
 */
function codeOf(text: string): (place: number) => boolean {
  let lineStart = 0;
  let isFenced = false;
  return (place) => {
    let lineEnd = text.indexOf("\n", lineStart);
    while (lineEnd >= 0 && lineEnd < place) {
      if (/^[ \t]{0,8}(?:```|~~~)/.test(text.slice(lineStart, lineStart + 16)))
        isFenced = !isFenced;
      lineStart = lineEnd + 1;
      lineEnd = text.indexOf("\n", lineStart);
    }
    return isFenced || isBetweenTicks(text, lineStart, place);
  };
}

/** Longer lines than this are no prose that a mark could be quoted in. */
const lineAtMost = 2_000;

function isBetweenTicks(text: string, lineStart: number, place: number): boolean {
  if (place - lineStart > lineAtMost) return false;
  const ticksBefore = text.slice(lineStart, place).split("`").length - 1;
  if (ticksBefore % 2 === 0) return false;
  const [rest = ""] = text.slice(place, place + lineAtMost).split("\n", 1);
  return rest.includes("`");
}
