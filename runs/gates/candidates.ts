import type { Candidate, PairEvidence } from "../../datasets/gates/gate.ts";
import type { DpoLine, KtoLine, SftLine } from "../../datasets/export/preference-lines.ts";
import { assistant } from "../../datasets/export/generation-lines.ts";
import type { Message } from "../../state/message.ts";
import type { EvolutionResult, GenerationResult } from "../../state/row-result.ts";
import { scoresBy } from "../../state/generation/standings.ts";
import type { Vote } from "../../state/verdict.ts";

/** A line of one of a generation's data files: `dpo`, `kto` or `sft`. */
export function generatedCandidate(
  name: string,
  line: unknown,
  { number, result }: { readonly number: number; readonly result: GenerationResult },
): Candidate {
  if (name === "dpo") return generatedPair(line as DpoLine, result);
  if (name === "kto") return labelledResponse(line as KtoLine);
  return demonstration(number, line as SftLine);
}

/** What of a line of `dpo.jsonl` is asked about. */
type Pair = Pick<DpoLine, "chosen" | "rejected" | "source"> & {
  readonly prompt: readonly Message[];
  readonly chosen_score?: number | undefined;
  readonly rejected_score?: number | undefined;
};

/** A pair of a generation, with the comparison of its two texts. */
export function generatedPair(line: Pair, result: GenerationResult): Candidate {
  const [chosen, rejected] = [lastText(line.chosen), lastText(line.rejected)];
  const pair = {
    row: line.source.row,
    prompt: line.prompt,
    responses: [chosen, rejected] as const,
  };
  const { chosen_score: high, rejected_score: low } = line;
  const given = high === undefined || low === undefined ? undefined : ([high, low] as const);
  const textAt = (index: number) => lastText(assistant(result, index));
  const comparison = result.comparisons.find(
    ({ won, incumbent, challenger }) =>
      won !== null &&
      textAt(won) === chosen &&
      textAt(won === incumbent ? challenger : incumbent) === rejected,
  );
  if (comparison === undefined) return { ...pair, evidence: { scores: given } };
  const { won, incumbent, challenger, verdict, incumbentIs } = comparison;
  const winner = (won === incumbent) === (incumbentIs === "a") ? "a" : "b";
  const scores = scoresBy(comparison);
  const found = [won ?? incumbent, won === incumbent ? challenger : incumbent].map((index) =>
    scores?.get(index),
  );
  const [own, other] = found;
  const fromVerdict =
    own === undefined || other === undefined ? undefined : ([own, other] as const);
  return { ...pair, evidence: { ...evidenceOf(verdict, winner), scores: given ?? fromVerdict } };
}

/** A pair of an evolution, with the verdict that took its last rewrite. */
export function evolvedPair(line: DpoLine, result: EvolutionResult): Candidate {
  const answer = result.answers.find(({ turn }) => turn === line.source.turn);
  const verdict = answer?.rewrites.findLast(({ accepted }) => accepted)?.verdict;
  const scores = verdict?.scores;
  return {
    row: line.source.row,
    prompt: line.prompt,
    responses: [lastText(line.chosen), lastText(line.rejected)],
    evidence:
      verdict === null || verdict === undefined
        ? undefined
        : {
            ...evidenceOf(verdict, "b"),
            ...(scores ? { scores: [scores.b, scores.a] as const } : {}),
          },
  };
}

export function labelledResponse({ prompt, completion, source }: KtoLine): Candidate {
  return { row: source.row, prompt, responses: [lastText(completion)] };
}

export function demonstration(
  row: number,
  { messages }: { readonly messages: readonly Message[] },
): Candidate {
  return { row, prompt: messages.slice(0, -1), responses: [lastText(messages)] };
}

type Votes = {
  readonly votes: readonly Vote[];
  readonly flipped?: boolean | undefined;
  readonly confidence?: number | undefined;
};

/** How the votes of a verdict stood to the side that was taken for the winner. */
export function evidenceOf({ votes, flipped, confidence }: Votes, winner: "a" | "b"): PairEvidence {
  const readable = votes.filter(({ parsed }) => parsed);
  const forWinner = readable.filter((vote) => vote.winner === winner).length;
  return {
    flipped,
    ...(confidence === undefined ? {} : { confidence }),
    ...(readable.length === 0 ? {} : { agreement: forWinner / readable.length }),
  };
}

function lastText(messages: readonly { readonly content: string }[]): string {
  return messages.at(-1)?.content ?? "";
}
