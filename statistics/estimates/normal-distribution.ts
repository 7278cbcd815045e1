/** P(Z > z) of the standard normal distribution, to 1e-7 (Abramowitz and Stegun, 26.2.17). */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * t * series;
}

/**
 * The z above which a share `tail` (from 1e-12 to 0.5) of the standard normal distribution lies.
 */
export function normalUpperQuantile(tail: number): number {
  let [low, high] = [0, 8];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > tail) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The 97.5 % point of Student's t for any number of degrees of freedom from 3 up, to 0.2 %: the
 * normal one, corrected in powers of 1 / df (Abramowitz and Stegun, 26.7.5).
 */
export function studentQuantile975(degreesOfFreedom: number): number {
  const z = 1.959963984540054;
  const df = degreesOfFreedom;
  return (
    z +
    (z ** 3 + z) / (4 * df) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * df ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * df ** 3)
  );
}
