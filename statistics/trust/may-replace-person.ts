import type { Winner } from "../../state/verdict.ts";
import type { Cluster } from "../estimates/observations.ts";
import type { Preference } from "../estimates/preference.ts";
import { studentTail } from "../estimates/tails.ts";

/** A row with an evaluator's verdict and the verdicts of single people, by name. */
export type RowOfPeople = {
  readonly winner: Winner;
  readonly labels?: Readonly<Record<string, Preference>> | undefined;
  readonly cluster: Cluster;
};

/** Whether an evaluator may take the place of one of the people: the alternative annotator test. */
export type MayReplacePerson = {
  /** At the largest allowance; `no` means that it is not shown. */
  readonly answer: "yes" | "no" | "can't tell";
  /** Why it can't be told. */
  readonly reason?: "too_few_people" | "too_few_rows" | "people_disagree";
  /** Rows that two or more of the people labelled, and their prompts. */
  readonly rows: number;
  readonly prompts: number;
  /** People with enough such rows. */
  readonly people: number;
  /**
   * How often the evaluator agrees with the other people at least as well as the person whose
   * place it takes, from 0 to 1, as the mean over the people; null where it can't be told.
   */
  readonly advantage: number | null;
  /** By allowance, the largest first; empty where it can't be told. */
  readonly at: readonly {
    /** By how much the evaluator may be worse than a person: a difference of shares of rows. */
    readonly epsilon: number;
    /** The share of people for which the test shows that it is worse by `epsilon` at most. */
    readonly winningRate: number;
    readonly answer: "yes" | "no";
  }[];
};

/** What the paper proposes in place of experts, of trained people and of crowd workers. */
export const allowances = [0.2, 0.15, 0.1] as const;

/** A person with fewer rows is no evidence: the test's normal approximation fails (the paper). */
export const leastRowsOfPerson = 30;

/** With fewer rows even a good evaluator passes less than half the time. */
export const leastRows = 100;

const falseDiscoveries = 0.05;
const leastWinningRate = 0.5;

/**
 * The alternative annotator test. Each person in turn is left out; a row is a win for the evaluator
 * where it agrees with the row's other people at least as well as that person does, and for the
 * person the other way round. The evaluator passes against a person where its share of wins is
 * shown to be at most `epsilon` below the person's. Where it passes against half the people or
 * more, it may replace one.
 *
 * Where the people agree no better than chance, anything could replace one, so that nothing is
 * shown.
 *
 * Unlike the published test, rows of one prompt count as one piece of evidence (Student's t over
 * prompts); over rows, evaluators pass that don't with prompts.
 *
 * Sources: Calderon, Reichart and Dror, "The Alternative Annotator Test for LLM-as-a-Judge", arXiv
 * 2501.10970, section 3; Benjamini and Yekutieli, "The Control of the False Discovery Rate in
 * Multiple Testing under Dependency", Annals of Statistics 29, 2001.
 */
export function mayReplacePerson(
  allRows: readonly RowOfPeople[],
  peopleAgree = true,
): MayReplacePerson {
  const shared = allRows.filter(({ labels }) => Object.keys(labels ?? {}).length > 1);
  const contests = [...contestsOf(shared)]
    .filter(([, own]) => own.length >= leastRowsOfPerson)
    .map(([, own]) => own);
  const counts = {
    rows: shared.length,
    prompts: new Set(shared.map(({ cluster }) => cluster)).size,
    people: contests.length,
  };
  if (contests.length < 2) return cannotTell("too_few_people", counts);
  if (shared.length < leastRows) return cannotTell("too_few_rows", counts);
  if (!peopleAgree) return cannotTell("people_disagree", counts);
  const at = allowances.map((epsilon) => {
    const pValues = contests.map((own) => pValueOf(own, epsilon));
    const winningRate = rejected(pValues) / contests.length;
    const answer = winningRate >= leastWinningRate ? ("yes" as const) : ("no" as const);
    return { epsilon, winningRate, answer };
  });
  const shares = contests.map((own) => meanOf(own.map(({ evaluator }) => Number(evaluator))));
  return { answer: at[0]?.answer ?? "no", ...counts, advantage: meanOf(shares), at };
}

function cannotTell(
  reason: NonNullable<MayReplacePerson["reason"]>,
  counts: Pick<MayReplacePerson, "rows" | "prompts" | "people">,
): MayReplacePerson {
  return { answer: "can't tell", reason, ...counts, advantage: null, at: [] };
}

/** A person against the evaluator on one row; both may win. */
type Contest = {
  readonly cluster: Cluster;
  readonly evaluator: boolean;
  readonly person: boolean;
};

function contestsOf(rows: readonly RowOfPeople[]): Map<string, Contest[]> {
  const contests = new Map<string, Contest[]>();
  for (const { winner, labels = {}, cluster } of rows) {
    for (const [person, label] of Object.entries(labels)) {
      const others = Object.entries(labels).filter(([name]) => name !== person);
      const agreeing = (said: Winner) => others.filter(([, other]) => other === said).length;
      const [byEvaluator, byPerson] = [agreeing(winner), agreeing(label)];
      const contest = {
        cluster,
        evaluator: byEvaluator >= byPerson,
        person: byPerson >= byEvaluator,
      };
      const own = contests.get(person);
      if (own === undefined) contests.set(person, [contest]);
      else own.push(contest);
    }
  }
  return contests;
}

/** One-sided, of the hypothesis that the person's share of wins is higher by `epsilon` or more. */
function pValueOf(contests: readonly Contest[], epsilon: number): number {
  const differences = contests.map(({ evaluator, person }) => Number(person) - Number(evaluator));
  const mean = meanOf(differences);
  const sums = new Map<Cluster, number>();
  contests.forEach(({ cluster }, row) => {
    sums.set(cluster, (sums.get(cluster) ?? 0) + differences[row]! - mean);
  });
  const clusters = sums.size;
  if (clusters < 2) return 1;
  const squares = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
  const error = Math.sqrt((clusters / (clusters - 1)) * squares) / contests.length;
  if (error === 0) return mean < epsilon ? 0 : 1;
  return studentTail((epsilon - mean) / error, clusters - 1);
}

/** How many hypotheses the procedure of Benjamini and Yekutieli rejects. */
function rejected(pValues: readonly number[]): number {
  const ascending = pValues.toSorted((one, other) => one - other);
  const m = ascending.length;
  const correction = ascending.reduce((sum, _, k) => sum + 1 / (k + 1), 0);
  return (
    1 + ascending.findLastIndex((p, k) => p <= ((k + 1) / (m * correction)) * falseDiscoveries)
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
