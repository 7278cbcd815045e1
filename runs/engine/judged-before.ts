/** Rows that run before a run learns from them for the first time. */
const firstWave = 50;

/**
 * Whether what a run learns is judged again before a row: before rows 51, 101, 151, 201, 301, 401,
 * 601, 801 …, two places for each doubling, so that waiting and repeated looks stay few.
 */
export function isJudgedBefore(row: number): boolean {
  const waves = (row - 1) / firstWave;
  if (!Number.isInteger(waves) || waves < 1) return false;
  const power = 2 ** Math.floor(Math.log2(waves));
  return waves === power || waves === 1.5 * power;
}
