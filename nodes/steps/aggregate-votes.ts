import type { RunnableConfig } from "@langchain/core/runnables";
import type { EvaluatorState, Reading } from "../../state/evaluation/evaluator-state.ts";
import type { Failure } from "../../state/calls/failure.ts";
import type { Outcome } from "../../state/calls/outcome.ts";
import { swappedPart } from "../../state/calls/part.ts";
import {
  calibratedVerdict,
  evenJury,
  juriesKey,
  juryName,
  type JuryCalibration,
  type JuryCalibrations,
} from "../../state/evaluation/jury-calibration.ts";
import type { Scores, Verdict, Vote, Winner } from "../../state/verdict.ts";
import { winnerOf } from "../reading/read-answer.ts";

/** How the votes of several agents become one verdict. */
export type Aggregate = "plurality" | "mean" | "weighted" | "calibrated";

/**
 * How an agent's readings in both orders become its vote. `agree`: a side wins that both name, and
 * without one of the readings there is no vote · `average`: the mean of their margins decides, +1,
 * 0 or -1 where no scores are given, and a reading decides where the other can't be had (arXiv
 * 2406.07054).
 */
export type Merge = "agree" | "average";

/**
 * The vote of an agent whose two orders disagree. A juror abstains, votes for a tie, or gives both
 * its readings as votes; a judge's verdict is a tie, or none.
 */
export type OnFlip = "abstain" | "tie" | "vote" | "none";

export type AggregateVotesOptions = {
  /** The agents in the order of the topology, with the weight of each vote. */
  readonly agents: readonly { readonly name: string; readonly weight: number }[];
  readonly aggregate: Aggregate;
  /**
   * What becomes of a vote that can't be read, and of a verdict without any vote: a tie, or `none`.
   */
  readonly onUnparsed: "tie" | "fail";
  /** Default `agree`. */
  readonly merge?: Merge | undefined;
  /** Default `tie`. Margins under `aggregate: mean` count in any case. */
  readonly onFlip?: OnFlip | undefined;
  /**
   * The debate's rule: who gives no readable scores is left out, whatever `onUnparsed` says of the
   * whole.
   */
  readonly leaveOutUnparsed?: boolean;
  /**
   * Whether the agents' scores have a mean; default true. Rewards of several models have none, and
   * the verdict is without scores.
   */
  readonly hasOneScale?: boolean | undefined;
};

/** An agent's part in the verdict: a vote a reading, and what they come to. */
type AgentVote = {
  readonly weight: number;
  readonly votes: readonly Vote[];
  readonly winner: Winner;
  /** The votes that are counted: none where the agent abstains. */
  readonly ballots: readonly Winner[];
  readonly scores: Scores | null;
  /** Whether two orders named different sides; null where only one was asked. */
  readonly flipped: boolean | null;
  /** Set where a call brought no answer: the agent takes no part. */
  readonly failed: Failure | null;
};

/**
 * Makes the agents' readings into one verdict (arXiv 2408.08688, section 4). An agent whose call
 * failed takes no part, and the votes show it; a verdict fails only where no agent answered.
 */
export function createAggregateVotes(given: AggregateVotesOptions) {
  return function conclude(
    { readings, part }: Pick<typeof EvaluatorState.State, "readings" | "part">,
    config?: RunnableConfig,
  ): { verdict: Verdict } {
    const options = { ...given, calibration: calibrationOf(given, config) };
    const verdict = verdictOf(saysOf(readings, part, options), options);
    if (options.agents.length < 2 || verdict.failure !== undefined) return { verdict };
    return { verdict: withoutVeto(verdict, readings, part, options) };
  };
}

/** What the run knows of the jury; without a run, or at its start, every juror counts alike. */
function calibrationOf(
  { aggregate, agents }: AggregateVotesOptions,
  config: RunnableConfig | undefined,
): JuryCalibration | undefined {
  if (aggregate !== "calibrated") return undefined;
  const names = agents.map(({ name }) => name);
  const juries = config?.configurable?.[juriesKey] as JuryCalibrations | undefined;
  return juries?.[juryName(names)] ?? evenJury(names);
}

/** The options, and what a run knows of a calibrated jury. */
type CountingOptions = AggregateVotesOptions & {
  readonly calibration: JuryCalibration | undefined;
};

function saysOf(
  readings: readonly Reading[],
  part: string,
  options: AggregateVotesOptions,
): AgentVote[] {
  return options.agents.map((agent) => {
    const own = readings.filter((reading) => reading.agent === agent.name);
    return sayOf(agent, own, part, options);
  });
}

/**
 * A response gains nothing by a text that makes the votes against it unreadable: where they would
 * have changed the result, there is none.
 */
function withoutVeto(
  verdict: Verdict,
  readings: readonly Reading[],
  part: string,
  options: CountingOptions,
): Verdict {
  for (const side of ["a", "b"] as const) {
    if (!readings.some(({ lost }) => lost?.by.includes(side) === true)) continue;
    const restored = readings.map((reading) => restoredAgainst(side, reading));
    const { winner } = verdictOf(saysOf(restored, part, options), options);
    if (winner !== verdict.winner && winner !== side) return withoutWinner(verdict);
  }
  return verdict;
}

function withoutWinner(verdict: Verdict): Verdict {
  const none: Verdict = { ...verdict, winner: "none" };
  delete none.confidence;
  return none;
}

/** A reading with the verdict that a response's text took from it, where that was not for it. */
function restoredAgainst(side: "a" | "b", reading: Reading): Reading {
  const { lost } = reading;
  if (lost?.by.includes(side) !== true || lost.winner === side) return reading;
  return { ...reading, winner: lost.winner, scores: lost.scores, score: lost.score };
}

function verdictOf(says: readonly AgentVote[], options: CountingOptions): Verdict {
  const votes = says.flatMap((say) => say.votes);
  const present = says.filter(({ failed }) => failed === null);
  const failed = says[0]?.failed ?? null;
  if (present.length === 0 && failed !== null) {
    return { winner: "none", scores: null, votes, failure: failed };
  }
  const counted = present.filter(({ winner }) => winner !== "none");
  const bothOrders = present.some(({ flipped }) => flipped !== null);
  const { calibration } = options;
  const calibrated = calibration === undefined ? null : calibratedVerdict(votes, calibration);
  return {
    winner: winnerAmong(counted, options),
    scores: options.hasOneScale === false ? null : meanScores(counted),
    votes,
    ...calibrated,
    ...(bothOrders ? { flipped: present.some(({ flipped }) => flipped === true) } : {}),
  };
}

function winnerAmong(
  says: readonly AgentVote[],
  { aggregate, onUnparsed, onFlip }: AggregateVotesOptions,
): Winner {
  if (says.length === 0) return onUnparsed === "tie" ? "tie" : "none";
  const areAllFlips = says.every(({ ballots }) => ballots.length === 0);
  if (areAllFlips && onFlip === "none") return "none";
  return aggregate === "mean" ? byMeanMargin(says) : byVotes(says, aggregate === "weighted");
}

/**
 * The side with most votes; any shared first place is a tie. Where jurors abstained, their scores
 * decide between those who share it, so that a flip among an odd number of jurors does not leave
 * an even split.
 */
function byVotes(says: readonly AgentVote[], weighted: boolean): Winner {
  const totals = { a: 0, b: 0, tie: 0, none: 0 };
  for (const { ballots, weight } of says) {
    for (const ballot of ballots) totals[ballot] += weighted ? weight : 1;
  }
  const most = Math.max(totals.a, totals.b, totals.tie);
  // Sums of decimals differ in their last bits; so much is no lead.
  const first = (["a", "b", "tie"] as const).filter((side) => most - totals[side] < 1e-9);
  if (first.length === 1 && first[0] !== undefined) return first[0];
  const abstained = says.filter(({ ballots }) => ballots.length === 0);
  const leaning = bySign(
    abstained.map((say) => (say.scores === null ? 0 : marginOf(say) * (weighted ? say.weight : 1))),
  );
  return first.includes(leaning) ? leaning : "tie";
}

/**
 * The sign of the mean margin between the scores; a vote that counts as a tie without scores has
 * margin 0.
 */
function byMeanMargin(says: readonly AgentVote[]): Winner {
  return bySign(says.map(({ scores }) => (scores ? scores.a - scores.b : 0)));
}

/** The sign of what the margins come to. */
function bySign(margins: readonly number[]): Exclude<Winner, "none"> {
  const sum = margins.reduce((total, margin) => total + margin, 0);
  // Sums of decimals differ in their last bits; a margin below that is none.
  if (Math.abs(sum) < 1e-9) return "tie";
  return sum > 0 ? "a" : "b";
}

function meanScores(of: readonly { readonly scores: Scores | null }[]): Scores | null {
  const scores = of.flatMap((one) => (one.scores === null ? [] : [one.scores]));
  if (scores.length === 0) return null;
  const mean = (side: "a" | "b") =>
    scores.reduce((sum, score) => sum + score[side], 0) / scores.length;
  return { a: mean("a"), b: mean("b") };
}

function sayOf(
  { name, weight }: AggregateVotesOptions["agents"][number],
  readings: readonly Reading[],
  part: string,
  options: AggregateVotesOptions,
): AgentVote {
  const averaged = options.merge === "average";
  const failed = failureOf(name, readings, averaged);
  const leftOut = averaged || options.leaveOutUnparsed === true;
  const unparsedIs = failed === null && options.onUnparsed === "tie" && !leftOut ? "tie" : "none";
  const votes = votesOf(readings, part, failed !== null, unparsedIs);
  const winners = votes.map(({ winner }) => winner);
  const winner = averaged ? average(votes) : agree(winners);
  return {
    weight,
    votes,
    winner,
    ballots: averaged ? [winner] : ballotsOf(winners, winner, options.onFlip),
    scores: meanScores(votes),
    flipped: votes.length < 2 ? null : winners.includes("a") && winners.includes("b"),
    failed,
  };
}

/**
 * The same side in both orders wins; a flip, or a side and a tie, is a tie; without one of them
 * there is no say.
 */
function agree(winners: readonly Winner[]): Winner {
  const [first = "none"] = winners;
  if (winners.includes("none")) return "none";
  return winners.every((winner) => winner === first) ? first : "tie";
}

/** What counts of an agent's readings: one vote, unless `onFlip` says otherwise. */
function ballotsOf(winners: readonly Winner[], winner: Winner, onFlip: OnFlip = "tie"): Winner[] {
  if (winners.length < 2 || winner === "none") return [winner];
  if (onFlip === "vote") return [...winners];
  const isFlip = winners.some((other) => other !== winners[0]);
  return isFlip && onFlip !== "tie" ? [] : [winner];
}

/** What the readable votes come to on average. */
function average(votes: readonly Vote[]): Winner {
  const margins = votes.filter(({ parsed }) => parsed).map(marginOf);
  return margins.length === 0 ? "none" : bySign(margins);
}

function marginOf({ scores, winner }: Pick<Vote, "scores" | "winner">): number {
  if (scores !== null) return scores.a - scores.b;
  if (winner === "a") return 1;
  return winner === "b" ? -1 : 0;
}

/** A vote a reading; two calls that scored one response each are one vote. */
function votesOf(
  readings: readonly Reading[],
  part: string,
  failed: boolean,
  unparsedIs: Winner,
): Vote[] {
  return readings
    .filter(({ view }) => view !== "b")
    .map((reading) => {
      const { winner, scores } = reading.view === "a" ? scoredApart(readings) : reading;
      const parsed = !failed && winner !== null;
      const place = reading.view === "swapped" ? swappedPart(part) : part;
      return {
        agent: reading.agent,
        model: reading.model,
        ...(place === "" ? {} : { part: place }),
        winner: parsed ? winner : unparsedIs,
        scores: parsed ? scores : null,
        parsed,
        ...(!parsed && isLost(reading, readings) ? { lost: true } : {}),
      };
    });
}

/** Whether a shown text took the verdict of a reading, or the score of one of two responses. */
function isLost(reading: Reading, readings: readonly Reading[]): boolean {
  if (reading.view !== "a") return reading.lost !== undefined;
  return readings.some(({ view, lost }) => (view === "a" || view === "b") && lost !== undefined);
}

function scoredApart(readings: readonly Reading[]): Pick<Reading, "winner" | "scores"> {
  const a = readings.find(({ view }) => view === "a")?.score ?? null;
  const b = readings.find(({ view }) => view === "b")?.score ?? null;
  if (a === null || b === null) return { winner: null, scores: null };
  return { winner: winnerOf({ a, b }), scores: { a, b } };
}

/** There was an answer, readable or not. */
const answers: ReadonlySet<Outcome> = new Set(["answered", "cut_at_length", "empty"]);

/**
 * Why an agent takes no part: one of its calls got no answer or, where one is enough, none did.
 */
function failureOf(
  name: string,
  readings: readonly Reading[],
  mayStandAlone: boolean,
): Failure | null {
  const lost = readings.find(({ outcome }) => !answers.has(outcome));
  const present = readings.filter(({ outcome }) => answers.has(outcome)).length;
  if (present === readings.length && present > 0) return null;
  if (present > 0 && mayStandAlone) return null;
  return {
    reason: lost?.outcome ?? "provider_error",
    detail: `${name}: ${lost?.detail ?? "no answer"}`,
  };
}
