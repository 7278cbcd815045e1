import { isSwappedPart } from "../../state/calls/part.ts";
import { marginOfJuror } from "../../state/evaluation/jury-calibration.ts";
import type { Vote, Winner } from "../../state/verdict.ts";
import { createClusterNumbers } from "../estimates/cluster-numbers.ts";
import { createNumberColumn } from "../estimates/number-column.ts";
import type { Cluster } from "../estimates/observations.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";

export type Side = "a" | "b";

/** What a juror's readable votes on a row come to, apart from the margin. */
export type JurorReading = {
  /** The share of its readings that are ties. */
  readonly tie: number;
  /** Whether it named both sides; null where it named a side in less than two readings. */
  readonly flipped: boolean | null;
  /** The side that it named with the responses in their order, and with them swapped. */
  readonly inOrder: Side | null;
  readonly swapped: Side | null;
  /** The side that its readings name, where none names the other. */
  readonly side: Side | null;
};

/** A juror's votes, a place a row. */
export type JurorColumn = {
  readonly name: string;
  /** Its margin in each row (`marginOfJuror`); NaN where no vote could be read. */
  readonly margins: Float64Array;
  readonly reading: (row: number) => JurorReading;
};

/** Labels and verdicts of rows, of which there are few kinds. */
export type RowVerdict = Pick<JudgedByJury, "label" | "winner" | "drawnAtRandom">;

/** The rows of a jury, as far as its figures rest on them. Rows and clusters count from 0. */
export type JuryRows = {
  readonly size: number;
  readonly jurors: readonly JurorColumn[];
  readonly verdict: (row: number) => RowVerdict;
  /** The number of each row's cluster. */
  readonly clusters: Float64Array;
  readonly clusterCount: number;
  /** The number of a cluster by its name. */
  readonly clusterNumber: (cluster: Cluster) => number | undefined;
};

export type JuryRowsBuilder = {
  readonly add: (row: JudgedByJury) => void;
  /** What is there so far; valid until the next `add`. */
  readonly rows: () => JuryRows;
};

/** Rows of a jury in columns: 16 bytes a row and 16 for each juror, whatever their votes hold. */
export function createJuryRows(names: readonly string[]): JuryRowsBuilder {
  const clusterNumbers = createClusterNumbers();
  const clusters = createNumberColumn();
  const verdicts = createKindColumn<RowVerdict>();
  const jurors = names.map((name) => ({
    name,
    margins: createNumberColumn(),
    readings: createKindColumn<JurorReading>(),
  }));
  return {
    add: ({ votes, label, cluster, winner, drawnAtRandom }) => {
      clusters.push(clusterNumbers.numberOf(cluster));
      verdicts.push(`${label} ${winner} ${drawnAtRandom}`, () => ({
        label,
        winner,
        drawnAtRandom,
      }));
      for (const { name, margins, readings } of jurors) {
        const own = votes.filter(({ agent, parsed }) => agent === name && parsed);
        margins.push(marginOfJuror(own, name)?.margin ?? Number.NaN);
        readings.push(readingsKey(own), () => readingOf(own, name));
      }
    },
    rows: () => ({
      size: clusters.values().length,
      jurors: jurors.map(({ name, margins, readings }) => ({
        name,
        margins: margins.values(),
        reading: readings.at(),
      })),
      verdict: verdicts.at(),
      clusters: clusters.values(),
      clusterCount: clusterNumbers.size(),
      clusterNumber: clusterNumbers.known,
    }),
  };
}

/** The rows of a jury that are there already. */
export function juryRowsOf(rows: readonly JudgedByJury[], names: readonly string[]): JuryRows {
  const builder = createJuryRows(names);
  for (const row of rows) builder.add(row);
  return builder.rows();
}

/** A column of things of which there are few kinds: each kind is there once. */
function createKindColumn<Kind>() {
  const kinds: Kind[] = [];
  const numbers = new Map<string, number>();
  const column = createNumberColumn();
  return {
    push: (key: string, make: () => Kind) => {
      const number = numbers.get(key) ?? kinds.push(make()) - 1;
      numbers.set(key, number);
      column.push(number);
    },
    at: () => {
      const values = column.values();
      return (row: number): Kind => kinds[values[row]!]!;
    },
  };
}

/** All of a juror's readable votes that its reading rests on. */
function readingsKey(own: readonly Vote[]): string {
  let key = "";
  for (const { winner, part } of own) key += `${winner}${isSwappedPart(part) ? " swapped" : ""},`;
  return key;
}

function readingOf(own: readonly Vote[], name: string): JurorReading {
  const sides = own.map(({ winner }) => sideOf(winner)).filter((side) => side !== null);
  const [first, second] = sides;
  const named = new Set(sides);
  return {
    tie: marginOfJuror(own, name)?.tie ?? 0,
    flipped: first === undefined || second === undefined ? null : first !== second,
    inOrder: sideOf(own.find(({ part }) => !isSwappedPart(part))?.winner),
    swapped: sideOf(own.find(({ part }) => isSwappedPart(part))?.winner),
    side: named.size === 1 ? (first ?? null) : null,
  };
}

function sideOf(winner: Winner | undefined): Side | null {
  return winner === "a" || winner === "b" ? winner : null;
}
