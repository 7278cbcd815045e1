import type { BootstrapInterval, BootstrapOptions } from "../estimates/bootstrap.ts";
import { noEstimate, type Estimate, type NoEstimate } from "../estimates/interval.ts";
import type { Label } from "./label-codes.ts";

/**
 * Why a figure of agreement has no value.
 *
 * - `no_rows`: there is nothing to compare
 * - `one_rater`: no row was labelled by two
 * - `one_class`: everyone gave every row the same label, so that chance alone explains all
 *   agreement
 * - `no_resamples`: the figure has a value, but no resample has, so that there is no interval
 */
export type UndefinedReason = "no_rows" | "one_rater" | "one_class" | "no_resamples";

/**
 * A measure of agreement: 1 is perfect, 0 what chance would give (accuracy apart), never NaN. `n`
 * is the number of rows it rests on. `interval` is there where one was asked for; null where it
 * has none.
 */
export type AgreementFigure =
  | { value: number; n: number; interval?: BootstrapInterval | null }
  | { value: null; n: number; reason: UndefinedReason };

export type AgreementOptions = {
  /**
   * All labels there may be, in their order where order counts. Left out, they are the labels that
   * occur: numbers ascending, then texts by code unit.
   */
  categories?: readonly Label[] | undefined;
  /** Asks for a 95 % interval by the bootstrap over rows. */
  interval?: BootstrapOptions | undefined;
};

/** The figure in the shape in which reports show it. Its interval must have been asked for. */
export function toEstimate(figure: AgreementFigure): Estimate | NoEstimate<UndefinedReason> {
  if (figure.value === null) return noEstimate(figure.reason);
  if (!figure.interval) return noEstimate("no_resamples");
  return { value: figure.value, low: figure.interval.low, high: figure.interval.high };
}
