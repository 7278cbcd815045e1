import type { BootstrapOptions, NoInterval } from "../estimates/bootstrap.ts";
import {
  noEstimate,
  noInterval,
  type Estimate,
  type Interval,
  type NoEstimate,
  type ValueWithoutInterval,
} from "../estimates/interval.ts";
import type { Cluster } from "../estimates/observations.ts";
import type { Label } from "./label-codes.ts";

/**
 * Why a figure of agreement has no value.
 *
 * - `no_rows`: there is nothing to compare
 * - `one_rater`: no row was labelled by two
 * - `one_class`: everyone gave every row the same label, so that chance alone explains all
 *   agreement
 */
export type UndefinedReason = "no_rows" | "one_rater" | "one_class";

/**
 * A measure of agreement: 1 is perfect, 0 the agreement that chance gives (accuracy apart), never
 * NaN. `n` is the number of rows it rests on. `interval` is there where one was asked for.
 */
export type AgreementFigure =
  | { value: number; n: number; interval?: Interval | NoInterval }
  | { value: null; n: number; reason: UndefinedReason };

export type AgreementOptions = {
  /**
   * All labels there may be, in their order where order counts. Left out, they are the labels that
   * occur: numbers ascending, then texts by code unit.
   */
  categories?: readonly Label[] | undefined;
  /** Asks for a 95 % interval by the bootstrap over clusters. */
  interval?: BootstrapOptions | undefined;
  /** The cluster of each row (its prompt). Left out, every row is a cluster of its own. */
  clusters?: readonly Cluster[] | undefined;
  /** How many clusters like each row's there are, each with a row like it. Left out, one. */
  counts?: readonly number[] | undefined;
};

/** A figure as summaries show it: with an interval, with the reason for none, or undefined. */
export type AgreementEstimate =
  | Estimate
  | ValueWithoutInterval<NoInterval>
  | NoEstimate<UndefinedReason>;

/** The figure in the shape in which reports show it. Its interval must have been asked for. */
export function toEstimate(figure: AgreementFigure): AgreementEstimate {
  if (figure.value === null) return noEstimate(figure.reason);
  const { value, interval = "no_resamples" } = figure;
  if (typeof interval === "string") return noInterval(value, interval);
  return { value, low: interval.low, high: interval.high };
}
