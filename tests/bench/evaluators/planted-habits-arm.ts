import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  knownQuality,
  preferenceByScores,
  type PreferenceShares,
} from "../../../models/simulation/predict.ts";
import { authorCode, writeMarker } from "../../../models/simulation/quality-marker.ts";
import { evaluate } from "../../../runs/evaluate/evaluate.ts";
import { kappaOfCounts } from "../../../statistics/agreement/cohen-kappa.ts";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import type { EvaluatedRow } from "../../../statistics/evaluation-rows.ts";
import { measureEvaluation, type Evaluation } from "../../../statistics/measure-evaluation.ts";
import { silent } from "../../workspace.ts";
import type { Arm, BenchFigure } from "./arm.ts";

/** A simulated judge with planted habits, and the mean quality of the two responses. */
type World = {
  readonly name: string;
  readonly habits: { readonly position?: number; readonly length?: number; readonly own?: number };
  readonly skill: readonly [a: number, b: number];
  readonly orders: "ab" | "both";
};

const worlds: readonly World[] = [
  { name: "no habit", habits: {}, skill: [0.5, 0.5], orders: "both" },
  { name: "skills .6 and .5", habits: {}, skill: [0.6, 0.5], orders: "ab" },
  { name: "position .15", habits: { position: 0.15 }, skill: [0.5, 0.5], orders: "both" },
  { name: "length .1", habits: { length: 0.1 }, skill: [0.5, 0.5], orders: "ab" },
  { name: "own .1", habits: { own: 0.1 }, skill: [0.5, 0.5], orders: "ab" },
];

const rowsOfSet = 100;
const mostSets = 60;
const scale = 10;
const noise = 0.1;
const spread = 0.1;
const judgeName = "willow";
/** Of a person who sees every quality as it is; closer ones are a tie. */
const tieOfPeople = 0.03;

export const plantedHabitsArm: Arm = {
  name: "planted-habits",
  about:
    "Whole evaluations by simulated judges with planted skills and habits: how often the 95 % " +
    "intervals of 100 rows hold what the planted numbers predict.",
  world: "simulated",
  async measure({ draws }) {
    const figures: BenchFigure[] = [];
    for (const world of worlds) figures.push(...(await measureWorld(world, draws)));
    return figures;
  },
};

type PlantedPair = {
  readonly quality: readonly [a: number, b: number];
  readonly text: readonly [a: string, b: string];
  /** Which response has the judge's own name on it. */
  readonly own: 0 | 1;
};

async function measureWorld(world: World, draws: number): Promise<BenchFigure[]> {
  const sets = Math.min(mostSets, draws);
  const pairs = plantPairs(world, sets * rowsOfSet);
  const rows = await judge(world, pairs);
  const evaluations = Array.from({ length: sets }, (_, set) =>
    measureEvaluation(rows.slice(set * rowsOfSet, (set + 1) * rowsOfSet), { ordered: true }),
  );
  const predicted = predictFigures(world, pairs);
  const leastHeld = 0.95 - 3 * Math.sqrt((0.95 * 0.05) / sets);
  return Object.entries(figuresOf).flatMap(([name, figureOf]) => {
    const truth = predicted[name];
    const found = evaluations.map(figureOf).filter((one) => one?.low != null);
    if (truth === undefined || found.length < sets / 2) return [];
    const held = found.filter((one) => one!.low! <= truth && truth <= one!.high!).length;
    const mean = found.reduce((sum, one) => sum + one!.value! / found.length, 0);
    const share = held / found.length;
    return [
      {
        of: world.name,
        figure: `${name}: planted ${truth.toFixed(3)}, mean ${mean.toFixed(3)}`,
        value: `held in ${(100 * share).toFixed(0)} % of ${found.length} sets`,
        goal: "95 %, less 3 standard errors",
        isMet: share >= leastHeld,
      },
    ];
  });
}

type Figure = {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
};

const figuresOf: Readonly<Record<string, (evaluation: Evaluation) => Figure | null | undefined>> = {
  "win rate of a": ({ winRate }) => winRate.a,
  "shown first wins": ({ bias }) => bias.position?.first,
  "shown second wins": ({ bias }) => bias.position?.second,
  flips: ({ bias }) => bias.flips.rate,
  "longer wins": ({ bias }) => bias.length.longer,
  "own family wins": ({ bias }) => bias.family.own,
  kappa: ({ agreement }) => agreement?.kappa,
};

function plantPairs({ name, skill }: World, n: number): PlantedPair[] {
  const random = createRandom(`habits ${name}`);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const inside = (quality: number) => Math.min(1, Math.max(0, quality));
  return Array.from({ length: n }, (_, row) => {
    const quality = [
      inside(skill[0] + spread * normal()),
      inside(skill[1] + spread * normal()),
    ] as const;
    const own = random() < 0.5 ? 0 : 1;
    const longer = random() < 0.5 ? 0 : 1;
    const textOf = (side: 0 | 1) => {
      const author = authorCode(side === own ? judgeName : "oak");
      const nonce = (2 * row + side) % 0x10000;
      const words = "An answer in words. ".repeat(side === longer ? 12 : 6);
      return `${words}${writeMarker({ kind: "response", value: quality[side], author }, nonce)}`;
    };
    return { quality, own, text: [textOf(0), textOf(1)] };
  });
}

async function judge(world: World, pairs: readonly PlantedPair[]): Promise<EvaluatedRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-bench-"));
  const habits = Object.entries(world.habits).map(([name, value]) => `&${name}=${value}`);
  const modelOf = (side: 0 | 1, own: 0 | 1) => `sim:${side === own ? judgeName : "oak"}`;
  try {
    const lines = pairs.map(({ text, own }, row) => ({
      prompt: `Question ${row}?`,
      a: { text: text[0], model: modelOf(0, own) },
      b: { text: text[1], model: modelOf(1, own) },
    }));
    const input = join(directory, "pairs.jsonl");
    writeFileSync(input, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const out = join(directory, "out");
    await evaluate("topologies/judge.yaml", {
      input,
      directory: out,
      models: [`sim:${judgeName}?noise=${noise}${habits.join("")}`],
      sets: [`orders=${world.orders}`],
      concurrency: 32,
      fresh: false,
      salvage: false,
      environment: {},
      progress: silent,
    });
    const found = readFileSync(join(out, "rows.jsonl"), "utf8").trimEnd().split("\n");
    return found.map((line, row) => evaluatedRow(JSON.parse(line), pairs[row]!, lines[row]!));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function evaluatedRow(
  { winner, votes, flipped }: EvaluatedRow,
  { quality, text }: PlantedPair,
  { a, b }: Readonly<Record<"a" | "b", { readonly model: string }>>,
): EvaluatedRow {
  return {
    winner,
    votes,
    flipped,
    label: labelOf(quality),
    lengths: { a: text[0].length, b: text[1].length },
    models: { a: a.model, b: b.model },
  };
}

function labelOf([a, b]: PlantedPair["quality"]): "a" | "b" | "tie" {
  if (Math.abs(a - b) < tieOfPeople) return "tie";
  return a > b ? "a" : "b";
}

/** What the figures are over all pairs on average, from the planted numbers alone. */
function predictFigures(world: World, pairs: readonly PlantedPair[]): Record<string, number> {
  const sums = { wins: 0, first: 0, second: 0, flips: 0, longer: 0, own: 0, decided: 0 };
  const labels = ["a", "b", "tie"] as const;
  const table = new Float64Array(9);
  const isBoth = world.orders === "both";
  for (const pair of pairs) {
    const ab = sharesOf(world, pair, 0);
    const ba = sharesOf(world, pair, 1);
    const readings = isBoth ? [ab, ba] : [ab];
    sums.wins += ab.first;
    sums.first += readings.reduce((sum, { first }) => sum + first / readings.length, 0);
    sums.second += readings.reduce((sum, { second }) => sum + second / readings.length, 0);
    sums.flips += ab.first * ba.first + ab.second * ba.second;
    sums.decided += ab.first + ab.second;
    sums.longer += pair.text[0].length > pair.text[1].length ? ab.first : ab.second;
    sums.own += pair.own === 0 ? ab.first : ab.second;
    const row = labels.indexOf(labelOf(pair.quality)) * 3;
    [ab.first, ab.second, ab.tie].forEach((share, column) => (table[row + column]! += share));
  }
  const n = pairs.length;
  const kappa = kappaOfCounts(table, 3);
  return {
    "shown first wins": sums.first / n,
    "shown second wins": sums.second / n,
    // Both orders are merged into one verdict, whose shares are no reading's.
    ...(isBoth
      ? { flips: sums.flips / n }
      : {
          "win rate of a": sums.wins / n,
          "longer wins": sums.longer / sums.decided,
          "own family wins": sums.own / sums.decided,
          ...(typeof kappa === "number" ? { kappa } : {}),
        }),
  };
}

/** @param shownFirst The response that stands first: 0 is a, 1 is b. */
function sharesOf(world: World, pair: PlantedPair, shownFirst: 0 | 1): PreferenceShares {
  const other = shownFirst === 0 ? 1 : 0;
  const { quality, text, own } = pair;
  return preferenceByScores(
    {
      first: knownQuality(quality[shownFirst]),
      second: knownQuality(quality[other]),
      lengthRatio: text[shownFirst].length / text[other].length,
      own: own === shownFirst ? "first" : "second",
    },
    { noise, position: 0, length: 0, own: 0, tie: 0.05, ...world.habits },
    scale,
  );
}
