import { splitThinking } from "../../models/thinking/split-thinking.ts";
import { findMarks } from "../../models/thinking/thinking-marks.ts";

/** Tags around drafts, which judges write where a prompt or a habit has them think in the open. */
const draftTag =
  /<(\/?)((?:[\w-]{0,20}[_-])?(?:think\w{0,4}|thoughts?|reason(?:ing|s)?|reflect(?:ion|ing)?|plan(?:ning)?|drafts?|scratch\w{0,4}|monolog(?:ue)?|deliberat\w{1,4}|analy[sz]\w{1,4}|brainstorm\w{0,4}|internal\w{0,10}|inner\w{0,10}|working|notes?)(?:[_-][\w-]{0,20})?)(?:\s[^<>\n]{0,100})?>/giu;

/**
 * A judge's text without its thinking, wherever it stands, since no verdict is read out of
 * reasoning: blocks between marks (`splitThinking` knows them), thinking of which only the end is
 * marked, thinking that never ends, and drafts under tags. Marks that a shown text holds too are
 * taken for quotations of it unless the text begins with them. Takes linear time.
 */
export function withoutThinking(text: string, shown: readonly string[]): string {
  const isShown = shown.some((source) => findMarks(source).length > 0);
  const { answer, marks } = splitThinking(text);
  if (marks === "closed" || marks === "unclosed") {
    return isShown ? answer : withoutDrafts(withoutMarked(answer));
  }
  return isShown ? text : withoutDrafts(withoutMarked(text));
}

/** Blocks between an opening and a closing mark, and all before a closing mark without one. */
function withoutMarked(text: string): string {
  const marks = findMarks(text);
  if (marks.length === 0) return text;
  let kept: string[] = [];
  let at = 0;
  let isOpen = false;
  for (const mark of marks) {
    if (mark.kind === "open" && !isOpen) {
      kept.push(text.slice(at, mark.start));
      isOpen = true;
    } else if (mark.kind === "close") {
      // what stands before an end without a beginning was thought too
      if (!isOpen) kept = [];
      isOpen = false;
      at = mark.end;
    }
  }
  if (!isOpen) kept.push(text.slice(at));
  return kept.join("\n");
}

/** Blocks between two draft tags of one name; a tag that is never closed is text. */
function withoutDrafts(text: string): string {
  if (!text.includes("<")) return text;
  const kept: string[] = [];
  let at = 0;
  let opened: { name: string; start: number } | null = null;
  for (const found of text.matchAll(draftTag)) {
    const [tag, slash, name = ""] = found;
    if (opened === null && slash === "") opened = { name: name.toLowerCase(), start: found.index };
    else if (opened !== null && slash === "/" && name.toLowerCase() === opened.name) {
      kept.push(text.slice(at, opened.start));
      at = found.index + tag.length;
      opened = null;
    }
  }
  kept.push(text.slice(at));
  return kept.join("\n");
}
