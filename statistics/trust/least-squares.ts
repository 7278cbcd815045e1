/** A line of `y` on covariates, fitted by least squares. */
export type LeastSquares = {
  /** What the line says at a row of covariates. */
  readonly valueAt: (covariates: readonly number[]) => number;
  /** `y` less what the line says, row by row. */
  readonly residuals: readonly number[];
  /**
   * How much each row counts in the line's value at `covariates`: 1 each at the rows' own mean.
   * `y` weighted so has that value as its mean.
   */
  readonly weightsAt: (covariates: readonly number[]) => number[];
  /** Coefficients that were fitted, the constant among them. */
  readonly parameters: number;
};

/** A covariate that the others explain up to this share of its own variance adds nothing. */
const leastOwnShare = 1e-8;

/**
 * Fits `y` by a constant and covariates, one array of them a row. A covariate that does not vary,
 * or follows from those before it, is left out. Without covariates the line is the mean.
 *
 * The covariates are made orthogonal one after the other (modified Gram-Schmidt; Golub and Van
 * Loan, *Matrix Computations*, section 5.2.8), which is exact enough for a handful.
 */
export function leastSquares(
  y: readonly number[],
  covariates: readonly (readonly number[])[],
): LeastSquares {
  const mean = meanOf(y);
  const width = covariates[0]?.length ?? 0;
  const centres = Array.from({ length: width }, (_, at) => meanOf(covariates.map((x) => x[at]!)));
  const basis: Direction[] = [];
  for (let at = 0; at < width; at++) {
    const column = covariates.map((x) => x[at]! - centres[at]!);
    const { rest, shares } = orthogonalTo(column, basis);
    const own = sumOfSquares(rest);
    if (own <= leastOwnShare * sumOfSquares(column)) continue;
    basis.push({ at, values: rest, shares, squares: own });
  }
  const slopes = basis.map(({ values, squares }) => product(values, y) / squares);
  const coordinatesOf = (x: readonly number[]) => coordinatesIn(basis, centres, x);
  return {
    valueAt: (x) => mean + product(slopes, coordinatesOf(x)),
    residuals: y.map(
      (value, row) =>
        value - mean - basis.reduce((sum, { values }, k) => sum + slopes[k]! * values[row]!, 0),
    ),
    weightsAt: (x) => {
      const coordinates = coordinatesOf(x);
      return y.map((_, row) =>
        basis.reduce(
          (sum, { values, squares }, k) =>
            sum + (y.length * coordinates[k]! * values[row]!) / squares,
          1,
        ),
      );
    },
    parameters: 1 + basis.length,
  };
}

type Direction = {
  /** Which covariate it comes from. */
  readonly at: number;
  readonly values: readonly number[];
  /** How much of each earlier direction was taken from the covariate. */
  readonly shares: readonly number[];
  readonly squares: number;
};

function orthogonalTo(column: readonly number[], basis: readonly Direction[]) {
  let rest = column;
  const shares = basis.map(({ values, squares }) => {
    const share = product(values, rest) / squares;
    rest = rest.map((value, row) => value - share * values[row]!);
    return share;
  });
  return { rest, shares };
}

function coordinatesIn(
  basis: readonly Direction[],
  centres: readonly number[],
  x: readonly number[],
): number[] {
  const coordinates: number[] = [];
  for (const { at, shares } of basis) {
    const taken = shares.reduce((sum, share, k) => sum + share * coordinates[k]!, 0);
    coordinates.push(x[at]! - centres[at]! - taken);
  }
  return coordinates;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function product(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, row) => sum + value * other[row]!, 0);
}

function sumOfSquares(values: readonly number[]): number {
  return product(values, values);
}
