type Side = "a" | "b" | "tie";

/** A side that is called better, or better in one respect: `B is better`, `Assistant 2 on facts`. */
const praised =
  /(?<![\p{L}\p{N}'’])([ab12])(?:['’]s(?:\s+(?:response|answer))?)?\s+(?:(?:is|was)\b[^.;,]{0,40}\b(?:better|best|superior|stronger|preferable|ahead|clearer)\b|(?:wins|prevails|on|at)\b)/giu;
/** A condition or an alternative right behind a choice: `, had it been complete`, `(or B)`. */
const condition =
  /^[\s\])"'”’,(]{0,8}(?:(?:overall|only)\s{1,4})?(?:if|unless|provided|had|would|when|or)\b/iu;
/** `is better if`, `wins unless`. */
const praisedIf =
  /\b(?:better|best|superior|stronger|preferable|wins|prevails)\s{1,4}(?:overall\s{1,4})?,?\s{0,4}(?:only\b|if\b|unless\b|provided\b|had\b|when\b)/iu;

/** Whether what follows a choice praises another side, or makes the choice depend on something. */
export function takesBack(behind: string, choice: Side): boolean {
  if (condition.test(behind) || praisedIf.test(behind)) return true;
  return [...behind.matchAll(praised)].some(([, which = ""]) => sideOf(which) !== choice);
}

/** Whether what follows a tie calls one side better after all. */
export function endsTie(behind: string): boolean {
  return (
    /\b(?:assistant|response|output|option)\W{0,4}[ab12](?![\p{L}\p{N}])/iu.test(behind) &&
    /\b(?:better|best|superior|stronger|clearer|preferable|wins|but|however|not)\b/iu.test(behind)
  );
}

function sideOf(which: string): Side {
  return /[a1]/i.test(which) ? "a" : "b";
}
