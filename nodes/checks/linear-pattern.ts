import { RE2JS } from "re2js";

/**
 * A regular expression in RE2's syntax, which is searched for in time linear in the text: no text
 * that a model writes can hang a run, as it can by backtracking.
 *
 * @returns Whether a text holds a match.
 * @throws RE2JSSyntaxException for a pattern that RE2 does not know, such as one with a lookahead.
 */
export function linearPattern(source: string): (text: string) => boolean {
  const pattern = RE2JS.compile(source);
  return (text) => pattern.matcher(text).find();
}

/** Why a pattern can't be used, in words; null where it can. */
export function patternProblem(source: string): string | null {
  try {
    RE2JS.compile(source);
    return null;
  } catch (error) {
    const reason = (error as Error).message.replace(/^error parsing regexp: /, "");
    return (
      "expected a regular expression in RE2's syntax, which has no lookahead and no " +
      `backreference; got ${JSON.stringify(source)} (${reason})`
    );
  }
}
