import { channelsOf, startsWithChannel } from "./harmony-channels.ts";
import { findMarks, type ThinkingMark } from "./thinking-marks.ts";

/** A model's text parted into its thinking and its answer. */
export type SplitText = {
  /** The thinking without its marks; empty where there is none. */
  readonly thinking: string;
  /** The answer; empty where the text is thinking alone. */
  readonly answer: string;
  /**
   * How the thinking is marked:
   *
   * - `none`: the text holds no thinking, and `answer` is the text, unchanged
   * - `closed`: the text begins with thinking between two marks
   * - `unclosed`: the text begins with thinking that never ends, so there is no answer
   * - `end-only`: an end mark has no opening mark before it. The chat templates of DeepSeek-R1 and
   *   QwQ open the thinking themselves; but any model can also write an end mark, so the caller
   *   decides whether `thinking` belongs to the answer
   */
  readonly marks: "none" | "closed" | "unclosed" | "end-only";
};

/** Tokens around the answer itself, which some chat templates leave in the text. */
const answerTokens =
  /^\s*<\|(?:begin_of_solution|start_response)\|>\s*|\s*<\|(?:end_of_solution|end_response|return)\|>\s*$/gi;

/**
 * Parts a text that a model wrote into thinking and answer. Thinking stands at the start of the
 * text, in one or several blocks, under any of the marks of `findMarks` or in the channels of
 * gpt-oss's harmony format. Marks inside code and marks further down in an answer are text.
 * Takes linear time.
 *
 * @example
 * splitThinking("<think>short</think>\n\nParis.");
 * // { thinking: "short", answer: "Paris.", marks: "closed" }
 */
export function splitThinking(text: string): SplitText {
  if (startsWithChannel(text)) return fromChannels(text);
  const marks = findMarks(text);
  const [first] = marks;
  if (first === undefined) return { thinking: "", answer: text, marks: "none" };
  if (first.kind === "close") return fromEndMark(text, first);
  if (text.slice(0, first.start).trim() !== "")
    return { thinking: "", answer: text, marks: "none" };
  return fromBlocks(text, marks);
}

function fromChannels(text: string): SplitText {
  const { thinking, answer } = channelsOf(text);
  if (answer === null) return { thinking, answer: "", marks: "unclosed" };
  return { thinking, answer: withoutTokens(answer), marks: "closed" };
}

function fromEndMark(text: string, mark: ThinkingMark): SplitText {
  const answer = text.slice(mark.end).trimStart();
  if (answer === "") return { thinking: "", answer: text, marks: "none" };
  return { thinking: text.slice(0, mark.start).trim(), answer, marks: "end-only" };
}

/** Blocks at the start of the text, one after the other; an opening mark inside a block is text. */
function fromBlocks(text: string, marks: readonly ThinkingMark[]): SplitText {
  const thoughts: string[] = [];
  let opened: ThinkingMark | null = null;
  let behind = 0;
  for (const mark of marks) {
    if (opened === null) {
      const isNext = mark.kind === "open" && text.slice(behind, mark.start).trim() === "";
      if (!isNext) break;
      opened = mark;
    } else if (mark.kind === "close") {
      thoughts.push(text.slice(opened.end, mark.start).trim());
      behind = mark.end;
      opened = null;
    }
  }
  if (opened !== null) {
    thoughts.push(text.slice(opened.end).trim());
    return { thinking: thoughts.join("\n\n"), answer: "", marks: "unclosed" };
  }
  const answer = withoutTokens(text.slice(behind));
  return { thinking: thoughts.join("\n\n"), answer, marks: "closed" };
}

function withoutTokens(answer: string): string {
  return answer.replace(answerTokens, "").trimStart();
}
