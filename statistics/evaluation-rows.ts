import type { Steps } from "../state/in-slices.ts";
import type { Vote, Winner } from "../state/verdict.ts";
import type { MeasuredVerdict } from "./bias/length-bias.ts";
import { createClusterNumbers } from "./estimates/cluster-numbers.ts";
import { createNumberColumn } from "./estimates/number-column.ts";
import type { Preference } from "./estimates/preference.ts";
import type { RowForPeople } from "./trust/people-win-rate.ts";

/** The part of an evaluated row that the figures rest on. */
export type EvaluatedRow = {
  /** Rows of one prompt have one name here; left out, the row is its prompt's only one. */
  readonly prompt?: string | undefined;
  readonly winner: Winner;
  readonly votes: readonly Vote[];
  readonly flipped?: boolean | undefined;
  readonly label?: Preference | undefined;
  readonly labels?: Readonly<Record<string, Preference>> | undefined;
  /** The winner is what people said, so it says nothing of how far the evaluator agrees. */
  readonly byPerson?: true | undefined;
  /** False where the row was labelled for another reason than a random draw. */
  readonly drawnAtRandom?: boolean | undefined;
  /** Characters of the two responses. */
  readonly lengths: { readonly a: number; readonly b: number };
  /** Names of the models that wrote them, where the pair tells. */
  readonly models: { readonly a: string | null; readonly b: string | null };
};

/**
 * All that is said alike of many rows. Of its lengths only the order is right, and its votes have
 * no scores.
 */
export type RowKind = Omit<EvaluatedRow, "prompt">;

/** A row that stands for all that are like it. */
export type LikeRow = {
  readonly kind: RowKind;
  /** Rows of one number are rows of one prompt. */
  readonly cluster: number;
  /** How many prompts like its own there are, each with a row like it. */
  readonly count: number;
};

/**
 * Evaluated rows, as far as figures rest on them. A row takes a few numbers, and all that is said
 * alike of many rows is there once; so most figures cost as much as there are kinds of rows.
 *
 * What grows with the rows: 24 bytes a row and 8 bytes a vote; the prompts' names while rows are
 * added; and kinds of rows, of which there are as many as rows where every row names other people.
 */
export type EvaluationRows = {
  readonly add: (row: EvaluatedRow) => void;
  /** The kinds of rows, in an order that depends on that of the rows alone. */
  readonly kinds: () => Steps<LikeRow[]>;
  /** Every row with its lengths; `a` is the difference where `a` is longer. */
  readonly verdicts: () => Iterable<MeasuredVerdict>;
  /**
   * Every row, with its label where a random draw gave it one. Of scores only the margin is there,
   * as the score of `a`.
   */
  readonly forPeople: () => Steps<RowForPeople[]>;
};

export function createEvaluationRows(): EvaluationRows {
  const { kinds, numberOf } = createRowKinds();
  const clusters = createClusterNumbers();
  const columns = {
    kind: createNumberColumn(),
    cluster: createNumberColumn(),
    difference: createNumberColumn(),
    /** The margins of all votes, row by row; NaN for a vote without scores. */
    margin: createNumberColumn(),
  };

  return {
    add: (row) => {
      const { prompt, votes, lengths } = row;
      const difference = lengths.a - lengths.b;
      columns.kind.push(numberOf(row));
      columns.cluster.push(clusters.numberOf(prompt));
      columns.difference.push(difference);
      for (const { scores } of votes) {
        columns.margin.push(scores === null ? Number.NaN : scores.a - scores.b);
      }
    },
    kinds: () => likeRows(kinds, columns.kind.values(), columns.cluster.values(), clusters.size()),
    verdicts: function* verdicts() {
      const differences = columns.difference.values();
      const clusterOf = columns.cluster.values();
      for (const [row, number] of columns.kind.values().entries()) {
        const { winner } = kinds[number]!;
        yield { winner, lengths: { a: differences[row]!, b: 0 }, cluster: clusterOf[row]! };
      }
    },
    forPeople: function* forPeople() {
      const margins = columns.margin.values();
      const clusterOf = columns.cluster.values();
      let next = 0;
      const rows: RowForPeople[] = [];
      for (const [row, number] of columns.kind.values().entries()) {
        const { winner, label: given, votes, drawnAtRandom } = kinds[number]!;
        const scored = votes.map((vote) => withMargin(vote, margins[next++]!));
        const label = drawnAtRandom === false ? undefined : given;
        rows.push({ winner, label, votes: scored, cluster: clusterOf[row]! });
        if (row % rowsAStep === rowsAStep - 1) yield;
      }
      return rows;
    },
  };
}

/** Numbers the kinds of rows in the order in which they come; rows of a kind share their votes. */
function createRowKinds() {
  const kinds: RowKind[] = [];
  const numbers = new Map<string, number>();
  const votes = new Map<string, { readonly number: number; readonly vote: Vote }>();

  function knownVote(vote: Vote) {
    const { agent, model, part, winner, parsed, lost } = vote;
    const key = `${agent}\0${model}\0${part}\0${winner} ${parsed} ${lost}`;
    const known = votes.get(key) ?? { number: votes.size, vote: { ...vote, scores: null } };
    votes.set(key, known);
    return known;
  }

  function numberOf(row: EvaluatedRow): number {
    let key = keyWithoutVotes(row);
    for (const vote of row.votes) key += `${knownVote(vote).number},`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, kinds.length);
    const { prompt: _, lengths, models, ...rest } = row;
    return (
      kinds.push({
        ...rest,
        votes: row.votes.map((vote) => knownVote(vote).vote),
        lengths: { a: Math.sign(lengths.a - lengths.b), b: 0 },
        models: { a: models.a, b: models.b },
      }) - 1
    );
  }

  return { kinds, numberOf };
}

function keyWithoutVotes(row: EvaluatedRow): string {
  const { winner, flipped, label, labels, byPerson, drawnAtRandom, lengths, models } = row;
  const sign = Math.sign(lengths.a - lengths.b);
  // Names come from the input, and may hold anything.
  const isNamed = labels !== undefined || models.a !== null || models.b !== null;
  const named = isNamed ? JSON.stringify([labels, models.a, models.b]) : "";
  return `${winner} ${flipped} ${label} ${byPerson} ${drawnAtRandom} ${sign} ${named} `;
}

function withMargin(vote: Vote, margin: number): Vote {
  return Number.isNaN(margin) ? vote : { ...vote, scores: { a: margin, b: 0 } };
}

/** Rows or prompts between two pauses: some milliseconds of work. */
const rowsAStep = 10_000;
const clustersAStep = 2000;

/** Prompts with the same kinds of rows, as one prompt that stands for them all. */
function* likeRows(
  kinds: readonly RowKind[],
  kindOfRow: Float64Array,
  clusterOfRow: Float64Array,
  clusters: number,
): Steps<LikeRow[]> {
  const { starts, rows } = rowsByCluster(clusterOfRow, clusters);
  const found = new Map<string, { readonly members: Uint32Array; count: number }>();
  for (let cluster = 0; cluster < clusters; cluster++) {
    if (cluster % clustersAStep === clustersAStep - 1) yield;
    const members = rows.subarray(starts[cluster], starts[cluster + 1]);
    for (const [at, row] of members.entries()) members[at] = kindOfRow[row]!;
    const key = members.sort().join(" ");
    const like = found.get(key);
    if (like === undefined) found.set(key, { members, count: 1 });
    else like.count += 1;
  }
  const like: LikeRow[] = [];
  for (const [cluster, { members, count }] of [...found.values()].entries()) {
    if (cluster % clustersAStep === clustersAStep - 1) yield;
    for (const kind of members) like.push({ kind: kinds[kind]!, cluster, count });
  }
  return like;
}

/** The rows of each cluster, one cluster after the other; `starts` has one place more. */
function rowsByCluster(clusterOfRow: Float64Array, clusters: number) {
  const starts = new Uint32Array(clusters + 1);
  for (const cluster of clusterOfRow) starts[cluster + 1]! += 1;
  for (let cluster = 0; cluster < clusters; cluster++) starts[cluster + 1]! += starts[cluster]!;
  const next = starts.slice();
  const rows = new Uint32Array(clusterOfRow.length);
  clusterOfRow.forEach((cluster, row) => {
    rows[next[cluster]!] = row;
    next[cluster]! += 1;
  });
  return { starts, rows };
}
