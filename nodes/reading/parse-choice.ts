import { valueLengthAtMost } from "./parse-score.ts";
import { endsTie, takesBack } from "./takes-back.ts";

/** A judge's answer under the direct strategy; C stands for a tie. */
export type Choice = "a" | "b" | "tie";

const who =
  "(?:assistant|response|model|output|option|assistent|asistente|assistente|助手|助理|アシスタント|어시스턴트)";
const letter = new RegExp(
  String.raw`^[[("'“‘<\s]*(?:(?:the\s+)?(?:ai\s+)?${who}\s*[#(]?([ab])\)?|([abc])|(tie|draw|neither|equal(?:ly\s+good)?))(?![\p{L}\p{M}\p{N}])`,
  "iu",
);
/** Arena-Hard's form: `A>>B`, `A>B`, `A=B`, `B>A`. */
const ranking = /^[[("'“‘<\s]*([ab])\s*(>{1,2}|<{1,2}|=|≈|≫|≪)\s*([ab])(?![\p{L}\p{M}\p{N}])/iu;
const both =
  /^[[("'“‘<\s]*(?:both|they|the\s+two)\b[^.!?;]{0,80}\b(?:equal(?:ly)?|tied?|comparable|the\s+same)\b/iu;

/** Nothing that says more, or a remark in brackets or behind a dash. */
const nothingMore =
  /^(?:[^\p{L}\p{N}]*|[\])"'”’>}]*\s*\([^()]*\)[^\p{L}\p{N}]*|[\])"'”’>}]*\s+[-–—]\s.*)$/u;
/** A reason behind the choice, or a sentence of its own. */
const reason = /^[\])"'”’>}]*(?:\s*[,;:]?\s+(?:because|since|as|due\s+to|for)\b|[.;!,]\s+\p{L})/iu;
/** `is better`, `'s response is clearly the better one`, `wins`, up to the end of the clause. */
const prevails =
  /^[\])"'”’>}]*(?:\s*['’]s(?:\s+(?:response|answer))?)?\s+(?:(?:is|was)\b[^.;,]{0,60}\b(?:better|best|superior|stronger|preferable|preferred|winner|correct)\b|(?:wins|prevails)\b|(?:has|gives|provides)\s+the\s+better\b)/iu;
const negation = /\b(?:not|never|neither|nor|no|hardly|worse)\b|n['’]t\b/iu;
/** Words by which a clause turns to the other side before it calls anything better. */
const turn = /\b(?:but|while|whereas|although|though|first|second|other)\b/iu;
const nextName =
  /^\W*(?:(?:and|or|vs\.?|versus)\b)?\W*(?:(?:assistant|response)\s+)?([abc12])(?![\p{L}\p{N}'’])/iu;
/** A choice that the rest of the line names as the better one. */
const laterWinner =
  /\b(?:assistant|response)\s+([ab])(?:['’]s(?:\s+(?:response|answer))?)?\s+(?:is|was|wins)\b[^.;,]{0,40}(?:better|best|superior|stronger|preferable|wins)?/giu;

/**
 * The choice that a text without Markdown marks begins with: `A`, `[B]`, `C (tie)`, `Assistant A`,
 * `A because …`, `Assistant A is better`, `A>>B`. Null for anything else: a text that names
 * several choices or negates one is not guessed at.
 */
export function parseChoice(text: string): Choice | null {
  const line = text.slice(0, valueLengthAtMost);
  const ranked = ranking.exec(line);
  if (ranked !== null) return rankedChoice(ranked);
  const tie = both.exec(line);
  if (tie !== null) {
    return negation.test(line) || endsTie(line.slice(tie[0].length)) ? null : "tie";
  }
  const found = letter.exec(line);
  if (found === null) return null;
  const choice = choiceOf(found[1] ?? found[2] ?? found[3] ?? "");
  const behind = line.slice(found[0].length);
  const next = nextName.exec(behind);
  if (next !== null && choiceOf(next[1] ?? "") !== choice) return null;
  if (takesBack(behind, choice)) return null;
  if (nothingMore.test(behind)) return choice;
  const won = prevails.exec(behind);
  if (won !== null && !negation.test(won[0]) && !turn.test(won[0])) return choice;
  return reason.test(behind) && !namesAnother(behind, choice) ? choice : null;
}

function rankedChoice([, first = "", sign = "", second = ""]: readonly string[]): Choice | null {
  if (first.toLowerCase() === second.toLowerCase()) return null;
  if (sign === "=" || sign === "≈") return "tie";
  return choiceOf(/[>≫]/.test(sign) ? first : second);
}

/** True where a reason calls another side the better one. */
function namesAnother(text: string, choice: Choice): boolean {
  return [...text.matchAll(laterWinner)].some(
    (found) =>
      choiceOf(found[1] ?? "") !== choice && /better|best|superior|stronger|wins/i.test(found[0]),
  );
}

/** The choice that a letter (or a word for a tie) names. */
export function choiceOf(name: string): Choice {
  const lower = name.toLowerCase();
  return lower === "a" || lower === "b" ? lower : "tie";
}
