import { atOnce, type Steps } from "../../state/in-slices.ts";
import type { Winner } from "../../state/verdict.ts";
import type { Estimate } from "../estimates/interval.ts";
import { createTrialCounts } from "../estimates/clustered-share.ts";
import type { Cluster } from "../estimates/observations.ts";
import { modelFamily } from "./model-family.ts";

/** A verdict of one judge over a pair that may name its models. */
export type FamilyReading = {
  /** The judge's model, a name or a spec. */
  judge: string;
  models: { a?: string | null | undefined; b?: string | null | undefined };
  winner: Winner;
  /** The row of the reading, for `rows`. Left out, every reading is a row. */
  row?: number | undefined;
  /** The prompt of the row; left out, the row. */
  cluster?: Cluster | undefined;
  /** As in `Trial`. */
  count?: number | undefined;
};

export type FamilyPreference = {
  /**
   * How often the response of the judge's own family wins, over decided readings. Its interval
   * goes by rows, as the readings of one row agree. Null without such readings.
   */
  own: Estimate | null;
  /** Rows with a decided reading that says something of the matter. */
  rows: number;
  ownWins: number;
  otherWins: number;
  /** Tied readings, left out. */
  ties: number;
  /** Readings without a verdict, left out. */
  none: number;
  /**
   * Readings that say nothing of the matter: a family is unknown, or not exactly one response is
   * of the judge's own.
   */
  notApplicable: number;
};

/**
 * How often judges prefer a response of their own family, where exactly one of the two is, with
 * Wilson's 95 % interval. The own family may well write better responses: the figure for the
 * people's own labels (the same readings with their label as `winner`) is what to compare it with.
 * Families are those of `modelFamily`.
 *
 * Source of the question: Panickssery et al., "LLM Evaluators Recognize and Favor Their Own
 * Generations" (arXiv 2404.13076).
 */
export function familyPreference(readings: Iterable<FamilyReading>): FamilyPreference {
  return atOnce(familyPreferenceSteps(readings));
}

/** Readings between two pauses: some milliseconds of work. */
const readingsAStep = 50_000;

/** The same in steps. */
export function* familyPreferenceSteps(readings: Iterable<FamilyReading>): Steps<FamilyPreference> {
  const counts = { ownWins: 0, otherWins: 0, ties: 0, none: 0, notApplicable: 0 };
  const trials = createTrialCounts();
  const rows = new Map<number, number>();
  const familyOf = createFamilies();
  let index = 0;
  for (const reading of readings) {
    const kind = kindOf(reading, familyOf);
    const { count = 1 } = reading;
    counts[kind] += count;
    if (kind === "ownWins" || kind === "otherWins") {
      rows.set(reading.row ?? index, count);
      const cluster = reading.cluster ?? reading.row;
      trials.add({ success: kind === "ownWins", cluster, count });
    }
    index += 1;
    if (index % readingsAStep === 0) yield;
  }
  return { own: trials.share(), rows: sumOf(rows.values()), ...counts };
}

function sumOf(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** Families by the names of models, of which many readings have few. */
function createFamilies(): typeof modelFamily {
  const families = new Map<string, string | null>();
  return (model) => {
    const known = families.get(model);
    if (known !== undefined) return known;
    const family = modelFamily(model);
    families.set(model, family);
    return family;
  };
}

function kindOf(
  { judge, models, winner }: FamilyReading,
  familyOf: typeof modelFamily,
): Exclude<keyof FamilyPreference, "own" | "rows"> {
  if (models.a == null || models.b == null) return "notApplicable";
  const family = familyOf(judge);
  const familyOfA = familyOf(models.a);
  const familyOfB = familyOf(models.b);
  if (family === null || familyOfA === null || familyOfB === null) return "notApplicable";
  if ((familyOfA === family) === (familyOfB === family)) return "notApplicable";
  if (winner === "none") return "none";
  if (winner === "tie") return "ties";
  const own = familyOfA === family ? "a" : "b";
  return winner === own ? "ownWins" : "otherWins";
}
