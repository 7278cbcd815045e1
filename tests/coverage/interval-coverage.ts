import { accuracy } from "../../statistics/agreement/accuracy.ts";
import { toEstimate } from "../../statistics/agreement/agreement-figure.ts";
import { cohenKappa } from "../../statistics/agreement/cohen-kappa.ts";
import type { BootstrapOptions } from "../../statistics/estimates/bootstrap.ts";
import { preferences, type Preference } from "../../statistics/estimates/preference.ts";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";

/** A world of known agreement, and how it is sampled. */
export type CoverageCell = {
  /** Rows of a draw. */
  readonly n: number;
  /** Shares of the labels a, b and tie, adding up to 1. */
  readonly labels: readonly [number, number, number];
  /** The true kappa: the evaluator knows the label so often, and else draws one from `labels`. */
  readonly kappa: number;
  /** Rows of one prompt; all of them have one label and one verdict with the chance `alike`. */
  readonly rowsPerPrompt?: number;
  readonly alike?: number;
};

/** Shares of the draws that have a value. */
export type Coverage = {
  readonly kappa: number;
  readonly accuracy: number;
  /** Mean width of kappa's interval. */
  readonly width: number;
  /** Draws in which kappa is not defined (one class), or has no interval. */
  readonly without: number;
};

/** How often the 95 % intervals of kappa and accuracy hold the truth. */
export function measureCoverage(
  cell: CoverageCell,
  { draws, resamples, seed = "" }: { draws: number; resamples: number; seed?: string },
): Coverage {
  const random = createRandom(`${seed} ${JSON.stringify(cell)}`);
  const chance = cell.labels.reduce((sum, share) => sum + share ** 2, 0);
  const truth = { kappa: cell.kappa, accuracy: cell.kappa + (1 - cell.kappa) * chance };
  const held = { kappa: 0, accuracy: 0 };
  let [width, defined] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const { kappa, accuracy } = measure(drawRows(cell, random), { seed: draw, resamples });
    if (accuracy.low! <= truth.accuracy && truth.accuracy <= accuracy.high!) held.accuracy += 1;
    if (kappa.low === null) continue;
    defined += 1;
    width += kappa.high - kappa.low;
    if (kappa.low <= truth.kappa && truth.kappa <= kappa.high) held.kappa += 1;
  }
  return {
    kappa: held.kappa / defined,
    accuracy: held.accuracy / draws,
    width: width / defined,
    without: (draws - defined) / draws,
  };
}

function measure(rows: readonly DrawnRow[], interval: BootstrapOptions) {
  const people = rows.map(({ label }) => label);
  const evaluator = rows.map(({ winner }) => winner);
  const clusters = rows.map(({ prompt }) => prompt);
  const options = { categories: preferences, interval, clusters };
  return {
    kappa: toEstimate(cohenKappa(people, evaluator, options)),
    accuracy: toEstimate(accuracy(people, evaluator, options)),
  };
}

type DrawnRow = { label: Preference; winner: Preference; prompt: number };

function drawRows(cell: CoverageCell, random: () => number): DrawnRow[] {
  const { n, rowsPerPrompt = 1, alike = 0 } = cell;
  const prompts = Math.round(n / rowsPerPrompt);
  return Array.from({ length: prompts }, (_, prompt) => {
    const shared = drawRow(cell, random);
    return Array.from({ length: rowsPerPrompt }, () => ({
      ...(random() < alike ? shared : drawRow(cell, random)),
      prompt,
    }));
  }).flat();
}

function drawRow({ labels, kappa }: CoverageCell, random: () => number) {
  const draw = (): Preference => {
    const place = random();
    if (place < labels[0]) return "a";
    return place < labels[0] + labels[1] ? "b" : "tie";
  };
  const label = draw();
  return { label, winner: random() < kappa ? label : draw() };
}
