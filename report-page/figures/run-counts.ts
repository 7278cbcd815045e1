import type { RunRow } from "../read/read-lines.ts";
import type { VerdictLine } from "../read/row-line.ts";
import type { RowSheet } from "../rows/row-sheet.ts";
import { isSwappedPart } from "../../state/calls/part.ts";

/** Calls, tokens and dollars of one agent. */
export type AgentCounts = {
  readonly model: string;
  calls: number;
  in: number;
  out: number;
  /** Calls without a count of tokens. */
  unknown: number;
  usd: number;
  /** Calls whose cost is unknown. */
  unknownUsd: number;
  /** Calls that ended without a usable answer. */
  unanswered: number;
};

/** One round of all rows. */
export type RoundCounts = {
  scored: number;
  scoreSum: number;
  /** Verdicts in which this round's response was the challenger. */
  won: number;
  tied: number;
  lost: number;
  unreadable: number;
  best: number;
  responses: number;
  characters: number;
};

/** What the figures of a run rest on, counted row by row. */
export type RunCounts = {
  readonly agents: Map<string, AgentCounts>;
  readonly rounds: Map<number, RoundCounts>;
  /** Differences of two scores, one a verdict that has scores. */
  readonly margins: number[];
  /** Differences of two scores of labelled rows with a verdict, and whether it agrees with people. */
  readonly confidence: { readonly margin: number; readonly isRight: boolean }[];
  /** Votes by the side that won, as shown. */
  readonly shown: { first: number; second: number; tie: number };
  /** Characters of preferred and other responses. */
  readonly lengths: { pairs: number; chosen: number; rejected: number; longerChosen: number };
};

export function emptyCounts(): RunCounts {
  return {
    agents: new Map(),
    rounds: new Map(),
    margins: [],
    confidence: [],
    shown: { first: 0, second: 0, tie: 0 },
    lengths: { pairs: 0, chosen: 0, rejected: 0, longerChosen: 0 },
  };
}

/** Adds a row to the counts. */
export function countRow(counts: RunCounts, row: RunRow, sheet: RowSheet): void {
  countCalls(counts, sheet);
  countLengths(counts, sheet);
  if (row.kind === "failed") return;
  const verdicts = row.kind === "evaluated" ? [row.line] : row.line.verdicts;
  for (const verdict of verdicts) countVerdict(counts, verdict);
  if (row.kind === "generated") {
    countResponses(counts, row.line);
    for (const verdict of row.line.verdicts) countRound(counts, verdict);
    return;
  }
  const { label, winner, scores } = row.line;
  if (label !== undefined && winner !== "none" && scores !== null) {
    counts.confidence.push({ margin: Math.abs(scores.a - scores.b), isRight: label === winner });
  }
}

function countCalls({ agents }: RunCounts, { calls }: RowSheet): void {
  for (const { agent, model, tokens, usd, outcome } of calls) {
    const own = agents.get(agent) ?? {
      model,
      calls: 0,
      in: 0,
      out: 0,
      unknown: 0,
      usd: 0,
      unknownUsd: 0,
      unanswered: 0,
    };
    agents.set(agent, own);
    own.calls += 1;
    own.in += tokens?.in ?? 0;
    own.out += tokens?.out ?? 0;
    if (tokens === null) own.unknown += 1;
    if (usd === null) own.unknownUsd += 1;
    else own.usd += usd;
    if (outcome !== "answered") own.unanswered += 1;
  }
}

function countLengths({ lengths }: RunCounts, { pairs }: RowSheet): void {
  for (const { chosen, rejected } of pairs) {
    lengths.pairs += 1;
    lengths.chosen += chosen.text.length;
    lengths.rejected += rejected.text.length;
    if (chosen.text.length > rejected.text.length) lengths.longerChosen += 1;
  }
}

function countVerdict(
  { margins, shown }: RunCounts,
  { winner, scores, votes }: Pick<VerdictLine, "winner" | "scores" | "votes">,
): void {
  if (scores !== null && winner !== "none") margins.push(Math.abs(scores.a - scores.b));
  for (const vote of votes) {
    if (!vote.parsed || vote.winner === "none") continue;
    if (vote.winner === "tie") shown.tie += 1;
    else if ((vote.winner === "a") !== isSwappedPart(vote.part)) shown.first += 1;
    else shown.second += 1;
  }
}

function countResponses(
  { rounds }: RunCounts,
  { responses, best }: Extract<RunRow, { kind: "generated" }>["line"],
): void {
  for (const { round, text, scores } of responses) {
    const own = roundAt(rounds, round);
    own.responses += 1;
    own.characters += text.length;
    for (const score of Object.values(scores ?? {})) {
      own.scored += 1;
      own.scoreSum += score;
    }
  }
  if (best !== undefined) roundAt(rounds, best).best += 1;
}

function countRound({ rounds }: RunCounts, { round, winner, a, won }: VerdictLine): void {
  const own = roundAt(rounds, round);
  if (winner === "none") own.unreadable += 1;
  else if (winner === "tie") own.tied += 1;
  // In rows of `evolve` the rewrite is always B.
  else if (a === undefined ? winner === "b" : won?.round === round) own.won += 1;
  else own.lost += 1;
}

function roundAt(rounds: Map<number, RoundCounts>, round: number): RoundCounts {
  const own = rounds.get(round) ?? {
    scored: 0,
    scoreSum: 0,
    won: 0,
    tied: 0,
    lost: 0,
    unreadable: 0,
    best: 0,
    responses: 0,
    characters: 0,
  };
  rounds.set(round, own);
  return own;
}
