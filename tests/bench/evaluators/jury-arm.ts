import { calibratedVerdict, marginOfJuror } from "../../../state/evaluation/jury-calibration.ts";
import type { Vote, Winner } from "../../../state/verdict.ts";
import { cohenKappa } from "../../../statistics/agreement/cohen-kappa.ts";
import { preferences, type Preference } from "../../../statistics/estimates/preference.ts";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { calibrateJury } from "../../../statistics/jury/calibrate-jury.ts";
import type { JudgedByJury } from "../../../statistics/jury/judged-by-jury.ts";
import type { Arm, BenchFigure } from "./arm.ts";
import { drawRows } from "./draw-rows.ts";
import { recordedJudges } from "./recorded-sets.ts";

/** How a simulated juror sees a pair. */
type JurorHabits = {
  /** How much of the difference in quality it sees. */
  readonly skill: number;
  /** How much of the difference in looks, which has nothing to do with quality. */
  readonly looks?: number;
  /** How far it leans to what stands first. */
  readonly first?: number;
  /** Standard deviation of its own error in each reading. */
  readonly noise: number;
};

/** Two good jurors, one of them the better, and four that follow order, looks and chance. */
const badMembers: readonly JurorHabits[] = [
  { skill: 2.2, noise: 0.35 },
  { skill: 1, first: 0.3, noise: 0.7 },
  { skill: 0.1, first: 0.9, noise: 0.8 },
  { skill: 0.05, looks: 0.25, first: 0.7, noise: 1 },
  { skill: 0.1, looks: 0.25, first: -0.8, noise: 0.9 },
  { skill: 0, noise: 1.2 },
];

const rowsOfWorld = 400;
/** Labels are drawn and the other rows measured; of fewer rows there are too few. */
const fewestRows = 200;

export const simulatedJuryArm: Arm = {
  name: "jury-simulated",
  about:
    "Juries with bad members, both orders, 400 pairs: accuracy of plurality with every juror " +
    "alike, of a calibrated jury without labels, and with 50 labels; means over the draws, and " +
    "the middle 90 %.",
  world: "simulated",
  async measure({ draws }) {
    const worlds = [
      ["two of six jurors good", 0],
      ["the same, in 30 % of pairs the worse looks better", 0.3],
    ] as const;
    return worlds.flatMap(([name, adversarial]) => {
      const made = Array.from({ length: Math.min(draws, 200) }, (_, draw) =>
        accuraciesOf(simulatedRows(adversarial, `${name} ${draw}`), `${name} ${draw}`),
      );
      return figuresOf(name, made);
    });
  },
};

export const juryArm: Arm = {
  name: "jury",
  about:
    "Recorded judges as one jury, in the order in which they were recorded: kappa with people " +
    "of the best member, of plurality, and of the calibrated jury without labels and with 20, " +
    "50 and 100 labels.",
  world: "recorded",
  async measure({ data, draws }) {
    const judges = await recordedJudges(data);
    const sets = [...new Set(judges.map(({ set }) => set))];
    return sets
      .filter((set) => judges.some((judge) => judge.set === set && judge.rows.length >= fewestRows))
      .flatMap((set) => recordedFigures(set, judges, Math.min(draws, 50)));
  },
};

function simulatedRows(adversarial: number, seed: string): JudgedByJury[] {
  const random = createRandom(`jury ${seed}`);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: rowsOfWorld }, (_, row) => {
    const quality = normal();
    const looks = random() < adversarial ? -Math.sign(quality) * Math.abs(normal()) * 2 : normal();
    const votes = badMembers.flatMap((juror, at) =>
      ([1, -1] as const).map((order) => {
        const { skill, looks: liking = 0, first = 0, noise } = juror;
        const seen = skill * quality + liking * looks + order * first + noise * normal();
        return voteOf(`juror-${at + 1}`, Math.round(2 * seen), order);
      }),
    );
    return { votes, label: quality > 0 ? "a" : "b", cluster: row };
  });
}

function voteOf(agent: string, margin: number, order: 1 | -1): Vote {
  const scores = { a: 5 + margin / 2, b: 5 - margin / 2 };
  const winner = margin === 0 ? "tie" : margin > 0 ? "a" : "b";
  const part = order === 1 ? {} : { part: "swapped" };
  return { agent, model: "simulated", ...part, winner, scores, parsed: true };
}

type Accuracies = {
  readonly best: number;
  readonly alike: number;
  readonly byFlips: number;
  readonly byLabels: number;
};

function accuraciesOf(rows: readonly JudgedByJury[], seed: string): Accuracies {
  const names = namesIn(rows);
  const unlabelled = rows.map((row) => ({ ...row, label: undefined }));
  const drawn = drawRows(50, rows.length, `labels ${seed}`);
  const some = rows.map((row, at) => (drawn.has(at) ? row : { ...row, label: undefined }));
  const right = (winners: readonly Winner[]) =>
    winners.filter((winner, at) => winner === rows[at]?.label).length / rows.length;
  return {
    best: Math.max(...names.map((name) => right(rows.map(({ votes }) => ownWinner(votes, name))))),
    alike: right(rows.map(({ votes }) => plurality(votes, names))),
    byFlips: right(calibratedWinners(unlabelled, names)),
    byLabels: right(calibratedWinners(some, names)),
  };
}

function namesIn(rows: readonly JudgedByJury[]): string[] {
  return [...new Set(rows.flatMap(({ votes }) => votes.map(({ agent }) => agent)))];
}

function calibratedWinners(rows: readonly JudgedByJury[], names: readonly string[]): Winner[] {
  const { forRow } = calibrateJury(rows, names);
  return rows.map((row) => calibratedVerdict(row.votes, forRow(row))?.winner ?? "none");
}

function ownWinner(votes: readonly Vote[], name: string): Winner {
  const said = marginOfJuror(votes, name);
  if (said === null) return "none";
  return said.margin === 0 ? "tie" : said.margin > 0 ? "a" : "b";
}

/** Every reading a vote, any shared first place a tie. */
function plurality(votes: readonly Vote[], names: readonly string[]): Winner {
  const counts = { a: 0, b: 0, tie: 0, none: 0 };
  for (const name of names) {
    const own = votes.filter(({ agent, parsed }) => agent === name && parsed);
    const winners = new Set(own.map(({ winner }) => winner));
    for (const { winner } of winners.size === 1 ? own.slice(0, 1) : []) counts[winner] += 1;
  }
  const most = Math.max(counts.a, counts.b, counts.tie);
  const first = preferences.filter((one) => counts[one] === most);
  return first.length === 1 ? (first[0] ?? "tie") : "tie";
}

function figuresOf(of: string, made: readonly Accuracies[]): BenchFigure[] {
  const goal = 0.86;
  const lines = [
    ["alike", "plurality, every juror alike", null],
    ["best", "the best juror alone", null],
    ["byFlips", "calibrated, without labels", goal],
    ["byLabels", "calibrated, 50 labels", null],
  ] as const;
  return lines.map(([key, figure, least]) => {
    const values = made.map((one) => one[key]).toSorted((one, other) => one - other);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const at = (share: number) => (values[Math.round(share * (values.length - 1))] ?? 0).toFixed(3);
    return {
      of,
      figure,
      value: `${mean.toFixed(3)} [${at(0.05)}, ${at(0.95)}]`,
      goal: least === null ? "" : `≥ ${least}`,
      isMet: least === null ? null : mean >= least,
    };
  });
}

function recordedFigures(
  set: string,
  judges: Awaited<ReturnType<typeof recordedJudges>>,
  draws: number,
): BenchFigure[] {
  const own = judges.filter((judge) => judge.set === set);
  const size = own[0]?.rows.length ?? 0;
  const jurors = own.filter(({ rows }) => rows.length === size);
  const names = jurors.map(({ judge }) => judge);
  const rows = Array.from({ length: size }, (_, row) => ({
    votes: jurors.flatMap(({ judge, rows: all }) =>
      (all[row]?.votes ?? []).map((vote) => ({ ...vote, agent: judge })),
    ),
    label: jurors[0]?.rows[row]?.label ?? ("tie" satisfies Preference),
    cluster: jurors[0]?.rows[row]?.cluster ?? row,
  }));
  const kappa = (winners: readonly Winner[], among = rows.map((_, at) => at)) =>
    cohenKappa(
      among.map((at) => rows[at]?.label ?? "tie"),
      among.map((at) => winners[at] ?? "none"),
      { categories: [...preferences, "none"] },
    ).value ?? 0;
  const unlabelled = calibratedWinners(
    rows.map((row) => ({ ...row, label: undefined })),
    names,
  );
  const withLabels = (labels: number) => {
    const values = Array.from({ length: draws }, (_, draw) => {
      const drawn = drawRows(labels, size, `${set} jury ${draw}`);
      const known = rows.map((row, at) => (drawn.has(at) ? row : { ...row, label: undefined }));
      const others = rows.flatMap((_, at) => (drawn.has(at) ? [] : [at]));
      return kappa(calibratedWinners(known, names), others);
    });
    return values.reduce((sum, value) => sum + value, 0) / draws;
  };
  const alone = names.map((name) => kappa(rows.map(({ votes }) => ownWinner(votes, name))));
  const figure = (text: string, value: string): BenchFigure => ({
    of: `${set}, ${names.length} jurors`,
    figure: text,
    value,
    goal: "",
    isMet: null,
  });
  const best = Math.max(...alone);
  return [
    figure(`best juror alone (${names[alone.indexOf(best)]})`, best.toFixed(3)),
    figure("plurality", kappa(rows.map(({ votes }) => plurality(votes, names))).toFixed(3)),
    figure("calibrated, without labels", kappa(unlabelled).toFixed(3)),
    ...[20, 50, 100].map((labels) =>
      figure(`calibrated, ${labels} labels, on the other rows`, withLabels(labels).toFixed(3)),
    ),
  ];
}
