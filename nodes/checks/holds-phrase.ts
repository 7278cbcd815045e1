import { isInsideWord } from "./count-words.ts";

/**
 * Whether a text holds a phrase as whole words. Upper and lower case, the length of white space and
 * Unicode's compatibility forms make no difference: `cat` is in `A CAT.`, not in `concatenate`.
 */
export function holdsPhrase(text: string, phrase: string): boolean {
  const [whole, part] = [folded(text), folded(phrase)];
  if (part === "") return true;
  const startsWord = isInsideWord(firstCharacter(part));
  const endsWord = isInsideWord(lastCharacter(part));
  for (let at = whole.indexOf(part); at >= 0; at = whole.indexOf(part, at + 1)) {
    const before = lastCharacter(whole.slice(Math.max(0, at - 2), at));
    const after = firstCharacter(whole.slice(at + part.length, at + part.length + 2));
    if ((startsWord && isInsideWord(before)) || (endsWord && isInsideWord(after))) continue;
    return true;
  }
  return false;
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
}

function firstCharacter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0x20);
}

function lastCharacter(text: string): string {
  return Array.from(text).at(-1) ?? "";
}
