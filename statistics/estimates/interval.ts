/** A 95 % interval in its figure's own unit, `low <= high`. */
export type Interval = { low: number; high: number };

/** A figure with its 95 % interval. */
export type Estimate = Interval & { value: number };

/** A figure that has no interval, and the word that says why. */
export type ValueWithoutInterval<Reason extends string = string> = {
  value: number;
  low: null;
  high: null;
  reason: Reason;
};

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

/** A figure without an interval, and the reason. */
export function noInterval<Reason extends string>(
  value: number,
  reason: Reason,
): ValueWithoutInterval<Reason> {
  return { value, low: null, high: null, reason };
}
