import type { Comparison } from "../../state/comparison.ts";
import type { Message } from "../../state/message.ts";
import { winnerOf } from "../../state/rounds.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { sameTexts, type DpoLine, type KtoLine, type SftLine } from "./preference-lines.ts";

/** Which comparisons become pairs (contract section 4). */
export type PairMode = "comparisons" | "best-first";

/** A finished row with its place in the input. */
export type NumberedGeneration = { readonly number: number; readonly result: GenerationResult };

/** Pairs of a row for `dpo.jsonl`; ties, undecided comparisons and equal texts make none. */
export function dpoLines({ number, result }: NumberedGeneration, mode: PairMode): DpoLine[] {
  const lines =
    mode === "comparisons"
      ? result.comparisons.flatMap((comparison) => pairOf(comparison, number, result))
      : bestAgainstFirst(number, result);
  return lines.filter((line) => !sameTexts(line.chosen, line.rejected));
}

function pairOf(comparison: Comparison, number: number, result: GenerationResult): DpoLine[] {
  const { won, incumbent, challenger } = comparison;
  if (won === null) return [];
  const lost = won === incumbent ? challenger : incumbent;
  const scores = scoresBy(comparison);
  const chosenScore = scores?.get(won);
  const rejectedScore = scores?.get(lost);
  return [
    {
      id: result.id,
      prompt: [...result.prompt],
      chosen: assistant(result, won),
      rejected: assistant(result, lost),
      ...(chosenScore === undefined || rejectedScore === undefined
        ? {}
        : {
            chosen_score: chosenScore,
            rejected_score: rejectedScore,
            margin: rounded(chosenScore - rejectedScore),
          }),
      source: {
        row: number,
        round: comparison.round,
        ...writersOf(result, won, lost),
        chosen_round: roundOf(result, won),
        rejected_round: roundOf(result, lost),
      },
    },
  ];
}

/** Whose texts a pair holds; in a chain the two may have had two writers. */
function writersOf(result: GenerationResult, chosen: number, rejected: number) {
  const [agent, other] = [writerOf(result, chosen), writerOf(result, rejected)];
  return agent === other ? { agent } : { chosen_agent: agent, rejected_agent: other };
}

function writerOf(result: GenerationResult, index: number): string {
  return result.responses[index]?.agent ?? generatorName(result);
}

/**
 * The best against the first response, where comparisons that were won lead from the one to the other. A first response that is
 * itself the best has nothing to stand against.
 */
function bestAgainstFirst(number: number, result: GenerationResult): DpoLine[] {
  if (result.best === 0) return [];
  const direct = result.comparisons.find(
    ({ incumbent, won, siblings }) => !siblings && incumbent === 0 && won === result.best,
  );
  if (direct !== undefined) return pairOf(direct, number, result);
  const improved = result.comparisons.some(
    (comparison) => !comparison.siblings && comparison.won === comparison.challenger,
  );
  if (!improved) return [];
  return [
    {
      id: result.id,
      prompt: [...result.prompt],
      chosen: assistant(result, result.best),
      rejected: assistant(result, 0),
      source: {
        row: number,
        ...writersOf(result, result.best, 0),
        chosen_round: roundOf(result, result.best),
        rejected_round: 1,
      },
    },
  ];
}

/**
 * Lines of a row for `kto.jsonl`: the best response true, every response that lost a comparison false, the
 * others left out (contract section 4). Where nothing was compared the only response is the best, and true.
 */
export function ktoLines({ number, result }: NumberedGeneration): KtoLine[] {
  const lost = new Set(
    result.comparisons.flatMap(({ won, incumbent, challenger }) =>
      won === null ? [] : [won === incumbent ? challenger : incumbent],
    ),
  );
  const line = (index: number, label: boolean): KtoLine => ({
    id: result.id,
    prompt: [...result.prompt],
    completion: assistant(result, index),
    label,
    source: { row: number, round: roundOf(result, index), agent: writerOf(result, index) },
  });
  return result.responses.flatMap((_, index) => {
    if (index === result.best) return [line(index, true)];
    return lost.has(index) ? [line(index, false)] : [];
  });
}

/** Lines of one row that call the same text both true and false: a response that lost, and came again and won. */
export function contradictions(lines: readonly KtoLine[]): number {
  return lines.filter(
    ({ label, completion }) =>
      !label && lines.some((other) => other.label && sameTexts(other.completion, completion)),
  ).length;
}

/** The prompt with the best response, for `sft.jsonl`. */
export function sftLine({ result }: NumberedGeneration): SftLine {
  return { id: result.id, messages: [...result.prompt, ...assistant(result, result.best)] };
}

/** A row's line in `rows.jsonl` (contract section 5). */
export function generationRowLine({ number, result }: NumberedGeneration) {
  const { id, input, responses, reviews, comparisons, best, endedEarly, transcript } = result;
  return {
    id,
    row: number,
    input,
    responses: responses.map((response, index) => ({
      ...response,
      ...reviewScores(result, index),
    })),
    best: roundOf(result, best),
    // In a branching loop a round holds several responses.
    ...(responses[best]?.reviewer === undefined ? {} : { bestReviewer: responses[best].reviewer }),
    verdicts: comparisons.map((comparison) => verdictLine(comparison, result)),
    reviews,
    ...(endedEarly === undefined ? {} : { endedEarly }),
    transcript,
  };
}

function verdictLine(comparison: Comparison, result: GenerationResult) {
  const { round, part, incumbent, challenger, incumbentIs, won, siblings, verdict } = comparison;
  const [a, b] = incumbentIs === "a" ? [incumbent, challenger] : [challenger, incumbent];
  const place = (index: number) => ({
    round: roundOf(result, index),
    ...(result.responses[index]?.reviewer === undefined
      ? {}
      : { reviewer: result.responses[index].reviewer }),
  });
  return {
    round,
    part,
    a: place(a),
    b: place(b),
    ...verdict,
    won: won === null ? null : place(won),
    goesOn: place(winnerOf(comparison)),
    ...(siblings ? { siblings } : {}),
  };
}

/** The reviewers' scores of the response that went on from its round; the losing branches were not reviewed. */
function reviewScores({ reviews, responses, comparisons }: GenerationResult, index: number) {
  const round = responses[index]?.round;
  const sibling = comparisons.some(
    (comparison) =>
      comparison.siblings &&
      comparison.round === round &&
      [comparison.incumbent, comparison.challenger].includes(index) &&
      winnerOf(comparison) !== index,
  );
  const own = sibling
    ? []
    : reviews.filter((review) => review.round === round && review.score !== null);
  if (own.length === 0) return {};
  return { scores: Object.fromEntries(own.map(({ reviewer, score }) => [reviewer, score])) };
}

function scoresBy({ verdict, incumbent, challenger, incumbentIs }: Comparison) {
  if (verdict.scores === null) return null;
  const { a, b } = verdict.scores;
  return new Map([
    [incumbent, incumbentIs === "a" ? a : b],
    [challenger, incumbentIs === "a" ? b : a],
  ]);
}

/** A response as the completion of a line. */
export function assistant({ responses }: GenerationResult, index: number): Message[] {
  return [{ role: "assistant", content: responses[index]?.text ?? "" }];
}

function roundOf({ responses }: GenerationResult, index: number): number {
  return responses[index]?.round ?? 1;
}

/** Differences of decimals, without the last bits of binary fractions. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

/** The generator's name: a row begins with its call. */
export function generatorName({ generator, transcript }: GenerationResult): string {
  return generator ?? transcript[0]?.agent ?? "generator";
}
