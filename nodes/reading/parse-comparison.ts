import type { Choice } from "./parse-choice.ts";
import { endsTie, takesBack } from "./takes-back.ts";

/**
 * What a line says of two responses, and whether it names an assistant or only holds a letter, a
 * number or a word.
 */
export type Comparison = { readonly choice: Choice; readonly named: boolean };

/** `Assistant 1`, `<assistant B>`, `the response of Assistant 2`; group 1 is which. */
const name =
  /^[[("'“‘<\s]*(?:the\s+)?(?:(?:response|answer)\s+of\s+)?(?:ai\s+)?(?:assistant|response)\s*#?\s*([ab12])(?![\p{L}\p{M}\p{N}])[\])"”>]*/iu;
/** `1.` and `2)` number a list. */
const letter = /^[[("'“‘<\s]*([abc]|[12](?![.)]))(?![\p{L}\p{M}\p{N}'’])/iu;
const equal =
  /^[[("'“‘<\s]*(?:equal(?:ly\s+good)?|tied?|draw|neither|(?:both|they|the\s+two|(?:assistant|response)\s+[1a]\s+and\s+(?:(?:assistant|response)\s+)?[2b])\b[^.!?]*?\b(?:equal|equally|tied?|comparable))(?![\p{L}\p{M}\p{N}'’])/iu;

/** Nothing that says more, or a remark in brackets or behind a dash. */
const nothingMore = /^(?:[^\p{L}\p{N}]*|[\])"'”’>]*\s*\([^()]*\)\W*|[\])"'”’>]*\s+[-–—]\s.*)$/u;
/** A name may be followed by its reason. */
const reason = /^[\])"'”’>]*(?:[.;,]\s+|\s+(?:because|since|as)\b)/iu;
/** `… is better`, `'s response is clearly better`, `wins`, up to the end of the clause. */
const prevails =
  /^(?:['’]s(?:\s+(?:response|answer))?)?\s+(?:(?:is|was)\b[^.;,]*?\b(?:better|best|superior|stronger|preferable|preferred|winner)\b|(?:wins|prevails|has\s+the\s+better|gives\s+the\s+better|provides\s+the\s+better)\b)/iu;
/** Words by which a clause turns to the other side before it calls anything better. */
const turn = /\b(?:but|while|whereas|although|though|first|second|other)\b/iu;
const anotherName =
  /^\W*(?:(?:and|or|vs|versus)\b)?\W*(?:(?:assistant|response)\s+)?[abc12](?![\p{L}\p{N}'’])/iu;
const mention =
  /(?:assistant|response)\W{0,8}([ab12])(?![\p{L}\p{N}]|\s+(?!(?:is|was|wins|has|gives|provides|prevails)\b)\p{L})/giu;
const negation = /\b(?:not|never|neither|nor|no|isn['’]t|wasn['’]t|hardly)\b/iu;

/**
 * Which response a line without Markdown marks calls better: `Assistant 1`, `<assistant B>`, `B`,
 * `2`, `equal`, `tie`, `C`, `Assistant 2 is better …`, with or without a reason behind a name. 1
 * stands for A and 2 for B. Null for anything else; a line that names both or negates is not
 * guessed at.
 */
export function parseComparison(line: string): Comparison | null {
  const tie = equal.exec(line);
  if (tie !== null) {
    if (negation.test(tie[0].replace(/^\W*neither/iu, ""))) return null;
    if (endsTie(line.slice(tie[0].length))) return null;
    return { choice: "tie", named: false };
  }
  const named = name.exec(line);
  if (named !== null) {
    const behind = line.slice(named[0].length);
    const choice = choiceNamed(named[1] ?? "");
    return isVerdict(behind) && !takesBack(behind, choice) ? { choice, named: true } : null;
  }
  const bare = letter.exec(line);
  if (bare === null) return null;
  const behind = line.slice(bare[0].length);
  if (!nothingMore.test(behind) || anotherName.test(behind)) return null;
  const choice = choiceNamed(bare[1] ?? "");
  return takesBack(behind, choice) ? null : { choice, named: false };
}

/** True where what follows a name leaves it the better one. */
function isVerdict(behind: string): boolean {
  if (anotherName.test(behind)) return false;
  if (nothingMore.test(behind) || reason.test(behind)) return true;
  const won = prevails.exec(behind);
  return won !== null && !negation.test(won[0]) && !turn.test(won[0]);
}

/**
 * The assistants that a line names at any place; the article in `a response a reader can follow`
 * names none.
 */
export function namesIn(line: string): Choice[] {
  return [...line.matchAll(mention)].map(([, which = ""]) => choiceNamed(which));
}

/**
 * The choice that a letter, a number or a word stands for; all that is neither A nor B is a tie.
 */
export function choiceNamed(which: string): Choice {
  const lower = which.toLowerCase();
  if (lower === "a" || lower === "1") return "a";
  return lower === "b" || lower === "2" ? "b" : "tie";
}
