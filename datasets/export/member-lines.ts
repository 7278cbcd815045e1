import type { Comparison } from "../../state/evaluation/comparison.ts";
import type { Message } from "../../state/message.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import type { Note } from "./export-kind.ts";
import type { NumberedGeneration } from "./generation-lines.ts";
import { sameTexts, type DpoLine } from "./preference-lines.ts";

/*
 * Training data for the members of a feedback loop (arXiv 2408.08688, section 6). A revision is
 * good when it beat the best so far and bad when it lost to it, and so is the review it was made
 * from; ties and undecided comparisons teach nothing. Where several revisions of one response were
 * compared with each other (a branching loop), the winner and the loser make a pair, and so do the
 * two reviews behind them.
 */

/** A comparison that a member can learn from, with the row that it belongs to. */
type Decided = {
  readonly comparison: Comparison;
  readonly number: number;
  readonly result: GenerationResult;
};

/** The decided comparisons of a response with the best so far. */
export function decidedAgainstBest(row: NumberedGeneration): Decided[] {
  return decided(row).filter(({ comparison }) => !comparison.siblings);
}

/** The decided comparisons of two revisions of one response. */
export function decidedBetweenSiblings(row: NumberedGeneration): Decided[] {
  return decided(row).filter(({ comparison }) => comparison.siblings);
}

function decided({ number, result: whole }: NumberedGeneration): Decided[] {
  const result = ofFirstStep(whole);
  return result.comparisons
    .filter(({ won }) => won !== null)
    .map((comparison) => ({ comparison, number, result }));
}

/**
 * A row as the first step of a chain left it; any other row as it is. The rounds of later steps are
 * numbered on, and were not their writers' own.
 */
function ofFirstStep(result: GenerationResult): GenerationResult {
  const responses = result.responses.filter(({ step }) => step === undefined);
  return {
    ...result,
    responses,
    reviews: result.reviews.filter(({ step }) => step === undefined),
    comparisons: result.comparisons.filter(({ challenger }) => challenger < responses.length),
  };
}

/**
 * A pair under the conversation of the chosen text. The rejected one may have been written from
 * another (its own reviewer's feedback, its own earlier reviews): `same_prompt` says whether it was
 * the same.
 */
export function memberPair(
  note: Note,
  texts: Pick<DpoLine, "chosen" | "rejected">,
  prompts: { readonly chosen: Message[]; readonly rejected: Message[] },
  id: string,
  source: DpoLine["source"],
): DpoLine[] {
  const isTold = prompts.chosen.length > 0 && prompts.rejected.length > 0;
  if (sameTexts(texts.chosen, texts.rejected) || !isTold) return [];
  const samePrompt = JSON.stringify(prompts.chosen) === JSON.stringify(prompts.rejected);
  if (!samePrompt) note("other_prompt");
  return [{ id, prompt: prompts.chosen, ...texts, source: { ...source, same_prompt: samePrompt } }];
}

/** The places of the winner and the loser. */
export function sides({ won, incumbent, challenger }: Comparison) {
  const chosen = won ?? incumbent;
  return { chosen, rejected: chosen === incumbent ? challenger : incumbent };
}

/** The reviewers whose branches were compared. */
export function branchNames({ responses }: GenerationResult, chosen: number, rejected: number) {
  const [good, bad] = [responses[chosen]?.reviewer, responses[rejected]?.reviewer];
  return {
    ...(good === undefined ? {} : { chosen_agent: good }),
    ...(bad === undefined ? {} : { rejected_agent: bad }),
  };
}
