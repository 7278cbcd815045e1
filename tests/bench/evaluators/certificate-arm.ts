import type { Verdict, Vote } from "../../../state/verdict.ts";
import { selectSurest, surenessOf, type PassedPair } from "../../../runs/gates/surest-pairs.ts";
import { evidenceOf } from "../../../runs/gates/candidates.ts";
import type { Preference } from "../../../statistics/estimates/preference.ts";
import type { Arm, BenchFigure } from "./arm.ts";
import { drawRows } from "./draw-rows.ts";
import { calibratedVerdict } from "../../../state/evaluation/jury-calibration.ts";
import { calibrateJury } from "../../../statistics/jury/calibrate-jury.ts";
import { recordedJudges, type RecordedJudge } from "./recorded-sets.ts";
import { simulatedPairs } from "./simulated-pairs.ts";

const delta = 0.1;
/** Labels are drawn among this part of the pairs, the surest ones. */
const surestPart = 0.6;
/** What is asked for is less than the noise of all pairs by this factor. */
const askedPart = 0.8;
const mostLabels = 200;
/** A certificate needs labels; of fewer pairs there are too few. */
const leastPairs = 300;

export const certificateArm: Arm = {
  name: "certificate",
  about:
    "Certified selection on recorded judges, and on the larger ones as a calibrated jury: how " +
    "often a certificate is violated (delta .1), how many pairs it keeps, and the noise of the " +
    "surest 60 %. Ties of people count as wrong.",
  world: "recorded",
  async measure({ data, draws }) {
    const judges = await recordedJudges(data);
    const judgesAndJuries = [...judges, ...strongJuries(judges)];
    const figures = judgesAndJuries
      .filter(({ rows }) => rows.length >= leastPairs)
      .flatMap(({ set, judge, rows }) => measureCertificates(`${set}, ${judge}`, rows, draws));
    return [...figures, ...noiseOfJudges(judgesAndJuries)];
  },
};

export const simulatedCertificateArm: Arm = {
  name: "certificate-simulated",
  about:
    "The same over simulated pairs, also where noise doesn't fall with confidence, the worst case.",
  world: "simulated",
  async measure({ draws }) {
    const worlds = [
      ["a good judge", { error: 0.5, rowsPerPrompt: 1 }],
      ["a poor judge", { error: 1.5, rowsPerPrompt: 1 }],
      ["6 rows a prompt", { error: 0.7, rowsPerPrompt: 6 }],
    ] as const;
    const figures = worlds.flatMap(([name, world]) =>
      measureCertificates(name, simulatedPairs(1000, { ...world, leaning: 0 }, name), draws),
    );
    // All margins alike: the noise of every share is a little more than what is asked for.
    const even = simulatedPairs(1000, { error: 1, rowsPerPrompt: 1 }, "even").map((row) => {
      const scores = { a: row.winner === "a" ? 6 : 5, b: row.winner === "b" ? 6 : 5 };
      return { ...row, scores, votes: row.votes.map((vote) => ({ ...vote, scores })) };
    });
    return [...figures, ...measureCertificates("confidence says nothing", even, draws, 0.98)];
  },
};

/** The larger models among the recorded judges: they would be taken for a jury without labels. */
const strong = ["gpt-4o", "gpt-4o-mini", "llama-3.1-70b"];

/** The strong judges of a set as a calibrated jury, without labels, ranked by its confidence. */
function strongJuries(judges: readonly RecordedJudge[]): RecordedJudge[] {
  const sets = [...new Set(judges.map(({ set }) => set))];
  return sets.flatMap((set) => {
    const jurors = judges.filter((one) => one.set === set && strong.includes(one.judge));
    const [first] = jurors;
    if (first === undefined) return [];
    const rows = first.rows.map((row, at) => ({
      ...row,
      scores: null,
      votes: jurors.flatMap(({ judge, rows: own }) =>
        (own[at]?.votes ?? []).map((vote) => ({ ...vote, agent: judge })),
      ),
    }));
    const unlabelled = rows.map(({ votes, cluster }) => ({ votes, cluster }));
    const { calibration } = calibrateJury(unlabelled, strong);
    const judged = rows.map((row) => ({ ...row, ...calibratedVerdict(row.votes, calibration) }));
    return [{ set, judge: `jury of ${jurors.length}`, rows: judged }];
  });
}

type LabelledRow = Pick<Verdict, "winner" | "scores"> & {
  readonly votes: readonly Vote[];
  readonly flipped?: boolean | undefined;
  readonly label: Preference;
};

function measureCertificates(
  of: string,
  rows: readonly LabelledRow[],
  draws: number,
  asked = askedPart,
): BenchFigure[] {
  const pairs = rankedPairs(rows);
  const noise = noiseOf(pairs) * asked;
  const among = Math.floor(surestPart * pairs.length);
  const n = Math.min(mostLabels, Math.floor(0.8 * among));
  let [violated, issued, keptShare] = [0, 0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const drawn = drawRows(n, among, `${of} ${draw}`);
    const { certificate } = selectSurest(
      pairs.map((pair, place) => (drawn.has(place) ? pair : { ...pair, label: undefined })),
      { certify: { noise, delta } },
    );
    const kept = certificate?.kept ?? 0;
    if (kept === 0) continue;
    issued += 1;
    keptShare += kept / pairs.length / draws;
    if (noiseOf(pairs.slice(0, kept)) > noise) violated += 1;
  }
  const asks = `at most ${(100 * noise).toFixed(1)} % wrong, ${n} labels`;
  return [
    {
      of,
      figure: `certificates violated, ${asks}`,
      value: `${((100 * violated) / draws).toFixed(1)} %`,
      goal: "10 %",
      isMet: violated / draws <= delta,
    },
    {
      of,
      figure: `pairs kept, issued in ${((100 * issued) / draws).toFixed(0)} % of draws`,
      value: `${(100 * keptShare).toFixed(0)} %`,
      goal: asked === askedPart ? "45 %" : "",
      isMet: asked === askedPart ? keptShare >= 0.45 : null,
    },
  ];
}

/** The pairs that the verdicts make, the surest first. */
function rankedPairs(rows: readonly LabelledRow[]): PassedPair[] {
  const pairs = rows.flatMap((row, place) => {
    const { winner, scores: given, label } = row;
    if (winner !== "a" && winner !== "b") return [];
    const loser = winner === "a" ? "b" : "a";
    const scores = given === null ? undefined : ([given[winner], given[loser]] as const);
    const evidence = { ...evidenceOf(row, winner), scores };
    const outcome = label === "tie" ? "tie" : label === winner ? "chosen" : "rejected";
    const candidate = { row: place, prompt: [], responses: ["", ""] as const, evidence };
    const sureness = surenessOf(candidate);
    return [{ key: String(place), file: "dpo", sureness, label: outcome } as const];
  });
  return [...selectSurest(pairs, { keep: 0 }).left];
}

function noiseOf(pairs: readonly PassedPair[]): number {
  return pairs.filter(({ label }) => label !== "chosen").length / pairs.length;
}

/** The noise of all pairs, and of the surest 60 %, of each judge: means over the sets. */
function noiseOfJudges(judges: Awaited<ReturnType<typeof recordedJudges>>): BenchFigure[] {
  const names = [...new Set(judges.map(({ judge }) => judge))];
  return names.map((name) => {
    const own = judges.filter(({ judge }) => judge === name).map(({ rows }) => rankedPairs(rows));
    const mean = (part: number) =>
      own.reduce((sum, pairs) => sum + noiseOf(pairs.slice(0, part * pairs.length)), 0) /
      own.length;
    return {
      of: `${name}, mean of ${own.length} sets`,
      figure: "noise of all pairs, and of the surest 60 %",
      value: `${mean(1).toFixed(3)}, ${mean(surestPart).toFixed(3)}`,
      goal: ".235 over four sets",
      isMet: own.length < 4 ? null : mean(surestPart) <= 0.235,
    };
  });
}
