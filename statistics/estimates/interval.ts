/** A figure with its 95 % interval, `low <= high`, all in the figure's own unit. */
export type Estimate = { value: number; low: number; high: number };

/** A figure that the data do not define, and the word that says why. */
export type NoEstimate<Reason extends string = string> = {
  value: null;
  low: null;
  high: null;
  reason: Reason;
};

/**
 * The 97.5 % point of the standard normal distribution: half the width of a 95 % interval in
 * standard errors.
 */
export const normalQuantile975 = 1.959963984540054;

/** A `NoEstimate` with its reason. */
export function noEstimate<Reason extends string>(reason: Reason): NoEstimate<Reason> {
  return { value: null, low: null, high: null, reason };
}
