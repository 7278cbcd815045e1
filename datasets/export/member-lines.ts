import type { Comparison } from "../../state/comparison.ts";
import type { MemberConversations } from "../../state/loop-progress.ts";
import type { Message } from "../../state/message.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { assistant, generatorName, type NumberedGeneration } from "./generation-lines.ts";
import { sameTexts, type DpoLine, type KtoLine } from "./preference-lines.ts";

/** Training data for the members of a feedback loop (arXiv 2408.08688, section 6). */
export type MemberLines = {
  readonly generatorKto: KtoLine[];
  readonly reviewerKto: KtoLine[];
  readonly generatorDpo: DpoLine[];
  readonly reviewerDpo: DpoLine[];
  /**
   * Reviews of which the reviewers' data would hold a line, if anybody could tell what was shown: a debate's were written in no one
   * conversation, and a node's of the user's own in one that only it knows.
   */
  readonly reviewsLeftOut: number;
};

/**
 * What a row teaches the members of its loop. A revision is good when it beat the best so far and bad when it lost to it, and
 * so is the review it was made from; ties and undecided comparisons teach nothing. Where several revisions of one response stood
 * against each other (a branching loop), the winner and the loser make a pair, and so do the two reviews behind them. Of a chain
 * only the first step counts: the later ones' rounds are numbered on, and were not their writers' own.
 */
export function memberLines(
  { number, result }: NumberedGeneration,
  conversations: MemberConversations,
): MemberLines {
  const row = { number, result: ofFirstStep(result) };
  const decided = row.result.comparisons.filter(({ won }) => won !== null);
  const against = decided.filter(({ siblings }) => !siblings);
  const between = decided.filter(({ siblings }) => siblings);
  const reviews = against.flatMap((comparison) => reviewerKto(comparison, row, conversations));
  const revisions = against.map((comparison) => generatorKto(comparison, row, conversations));
  const isTold = ({ prompt }: KtoLine) => prompt.length > 0;
  const reviewerLines = reviews.filter(isTold);
  return {
    generatorKto: revisions.filter(isTold),
    reviewerKto: reviewerLines,
    reviewsLeftOut: reviews.length - reviewerLines.length,
    generatorDpo: between.flatMap((comparison) => generatorDpo(comparison, row, conversations)),
    reviewerDpo: between.flatMap((comparison) => reviewerDpo(comparison, row, conversations)),
  };
}

/** A row as the first step of a chain left it; any other row as it is. */
function ofFirstStep(result: GenerationResult): GenerationResult {
  const responses = result.responses.filter(({ step }) => step === undefined);
  return {
    ...result,
    responses,
    reviews: result.reviews.filter(({ step }) => step === undefined),
    comparisons: result.comparisons.filter(({ challenger }) => challenger < responses.length),
  };
}

function generatorKto(
  { round, challenger, won }: Comparison,
  { number, result }: NumberedGeneration,
  { generator }: MemberConversations,
): KtoLine {
  return {
    id: result.id,
    prompt: generator(result, round, result.responses[challenger]?.reviewer),
    completion: assistant(result, challenger),
    label: won === challenger,
    source: { row: number, round, agent: generatorName(result) },
  };
}

function reviewerKto(
  { round, challenger, won }: Comparison,
  { number, result }: NumberedGeneration,
  { reviewer }: MemberConversations,
): KtoLine[] {
  const branch = result.responses[challenger]?.reviewer;
  return result.reviews
    .filter((review) => review.round === round - 1)
    .filter((review) => branch === undefined || review.reviewer === branch)
    .map((review) => ({
      id: result.id,
      prompt: reviewer(result, review.reviewer, review.round),
      completion: [{ role: "assistant", content: review.text }],
      label: won === challenger,
      source: { row: number, round: review.round, agent: review.reviewer },
    }));
}

function generatorDpo(
  comparison: Comparison,
  { number, result }: NumberedGeneration,
  { generator }: MemberConversations,
): DpoLine[] {
  const { chosen, rejected } = sides(comparison);
  const shown = (index: number) =>
    generator(result, comparison.round, result.responses[index]?.reviewer);
  return pair(
    { chosen: assistant(result, chosen), rejected: assistant(result, rejected) },
    { chosen: shown(chosen), rejected: shown(rejected) },
    result.id,
    {
      row: number,
      round: comparison.round,
      agent: generatorName(result),
      ...branchNames(result, chosen, rejected),
    },
  );
}

function reviewerDpo(
  comparison: Comparison,
  { number, result }: NumberedGeneration,
  { reviewer }: MemberConversations,
): DpoLine[] {
  const { chosen, rejected } = sides(comparison);
  const round = comparison.round - 1;
  const reviewBehind = (index: number) =>
    result.reviews.find(
      (review) => review.round === round && review.reviewer === result.responses[index]?.reviewer,
    );
  const [good, bad] = [reviewBehind(chosen), reviewBehind(rejected)];
  if (good === undefined || bad === undefined) return [];
  return pair(
    {
      chosen: [{ role: "assistant", content: good.text }],
      rejected: [{ role: "assistant", content: bad.text }],
    },
    {
      chosen: reviewer(result, good.reviewer, round),
      rejected: reviewer(result, bad.reviewer, round),
    },
    result.id,
    { row: number, round, agent: "reviewer", ...branchNames(result, chosen, rejected) },
  );
}

/**
 * A pair under the conversation of the chosen text. The rejected one may have been written from another (its own
 * reviewer's feedback, its own earlier reviews): `same_prompt` says whether it was the same.
 */
function pair(
  texts: Pick<DpoLine, "chosen" | "rejected">,
  prompts: { readonly chosen: Message[]; readonly rejected: Message[] },
  id: string,
  source: DpoLine["source"],
): DpoLine[] {
  const isTold = prompts.chosen.length > 0 && prompts.rejected.length > 0;
  if (sameTexts(texts.chosen, texts.rejected) || !isTold) return [];
  const samePrompt = JSON.stringify(prompts.chosen) === JSON.stringify(prompts.rejected);
  return [{ id, prompt: prompts.chosen, ...texts, source: { ...source, same_prompt: samePrompt } }];
}

function sides({ won, incumbent, challenger }: Comparison) {
  const chosen = won ?? incumbent;
  return { chosen, rejected: chosen === incumbent ? challenger : incumbent };
}

function branchNames({ responses }: GenerationResult, chosen: number, rejected: number) {
  const [good, bad] = [responses[chosen]?.reviewer, responses[rejected]?.reviewer];
  return {
    ...(good === undefined ? {} : { chosen_agent: good }),
    ...(bad === undefined ? {} : { rejected_agent: bad }),
  };
}
