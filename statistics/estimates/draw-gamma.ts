/**
 * A source of gamma-distributed numbers (scale 1) of any shape above 0.
 *
 * Source: Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26(3),
 * 2000, with their section 6 for shapes below 1.
 *
 * @param random Uniform in [0, 1), as `createRandom` gives it.
 */
export function createGammaSource(random: () => number): (shape: number) => number {
  /** Uniform in (0, 1], whose logarithm is finite. */
  const positive = () => 1 - random();
  const normal = () => Math.sqrt(-2 * Math.log(positive())) * Math.cos(2 * Math.PI * random());
  return function drawGamma(shape: number): number {
    if (shape === 1) return -Math.log(positive());
    if (shape < 1) return drawGamma(shape + 1) * positive() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(positive()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
    }
  };
}
