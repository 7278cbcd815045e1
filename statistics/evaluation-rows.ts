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
 * A row that stands for all that are like it. Of its lengths only the order is right, and its votes
 * have no scores.
 */
export type LikeRow = Omit<EvaluatedRow, "prompt"> & {
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
  readonly forPeople: () => RowForPeople[];
};

type Kind = Omit<LikeRow, "cluster" | "count">;

export function createEvaluationRows(): EvaluationRows {
  const kinds: Kind[] = [];
  const numberOfKind = new Map<string, number>();
  const clusters = createClusterNumbers();
  const columns = {
    kind: createNumberColumn(),
    cluster: createNumberColumn(),
    difference: createNumberColumn(),
    /** The margins of all votes, row by row; NaN for a vote without scores. */
    margin: createNumberColumn(),
  };

  function kindNumber(kind: Kind): number {
    const key = JSON.stringify(kind);
    const known = numberOfKind.get(key);
    if (known !== undefined) return known;
    numberOfKind.set(key, kinds.length);
    return kinds.push(kind) - 1;
  }

  return {
    add: (row) => {
      const { prompt, votes, lengths } = row;
      const difference = lengths.a - lengths.b;
      columns.kind.push(kindNumber(kindOf(row, Math.sign(difference))));
      columns.cluster.push(clusters.numberOf(prompt));
      columns.difference.push(difference);
      for (const { scores } of votes) {
        columns.margin.push(scores === null ? Number.NaN : scores.a - scores.b);
      }
    },
    kinds: () => likeRows(kinds, columns.kind.values(), columns.cluster.values(), clusters.size()),
    verdicts: function* verdicts() {
      const { kind, cluster, difference } = columns;
      const rows = kind.values();
      for (let row = 0; row < rows.length; row++) {
        const { winner } = kinds[rows[row]!]!;
        const lengths = { a: difference.values()[row]!, b: 0 };
        yield { winner, lengths, cluster: cluster.values()[row]! };
      }
    },
    forPeople: () => {
      const margins = columns.margin.values();
      const clusterOf = columns.cluster.values();
      let next = 0;
      return Array.from(columns.kind.values(), (number, row) => {
        const { winner, label, votes, drawnAtRandom } = kinds[number]!;
        const scored = votes.map((vote) => withMargin(vote, margins[next++]!));
        return {
          winner,
          label: drawnAtRandom === false ? undefined : label,
          votes: scored,
          cluster: clusterOf[row]!,
        };
      });
    },
  };
}

function kindOf(
  { winner, votes, flipped, label, labels, byPerson, drawnAtRandom, models }: EvaluatedRow,
  sign: number,
) {
  return {
    winner,
    votes: votes.map((vote) => ({ ...vote, scores: null })),
    flipped,
    label,
    labels,
    byPerson,
    drawnAtRandom,
    lengths: { a: sign, b: 0 },
    models: { a: models.a, b: models.b },
  };
}

function withMargin(vote: Vote, margin: number): Vote {
  return Number.isNaN(margin) ? vote : { ...vote, scores: { a: margin, b: 0 } };
}

/** Prompts between two pauses: some milliseconds of work. */
const clustersAStep = 2000;

/** Prompts with the same kinds of rows, as one prompt that stands for them all. */
function* likeRows(
  kinds: readonly Kind[],
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
    for (const kind of members) like.push({ ...kinds[kind]!, cluster, count });
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
