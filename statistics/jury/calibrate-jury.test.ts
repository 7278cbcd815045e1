import { describe, expect, it } from "vitest";
import { atOnce } from "../../state/in-slices.ts";
import { calibratedVerdict } from "../../state/evaluation/jury-calibration.ts";
import type { Vote, Winner } from "../../state/verdict.ts";
import { createRandom } from "../estimates/seeded-random.ts";
import { calibrateJury } from "./calibrate-jury.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";
import { fooledAlike } from "./fooled-alike.ts";
import { juryFigures, type JuryCounting } from "./jury-figures.ts";
import { juryRowsOf } from "./jury-rows.ts";

/** A juror: how much of the quality it sees, its order habit, and which errors it shares. */
type Juror = { skill: number; first?: number; shared?: number; noise?: number };

function judged(jurors: readonly Juror[], rows: number, seed: string): JudgedByJury[] {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: rows }, (_, row) => {
    const quality = normal();
    const shared = { 1: normal(), [-1]: normal() } as Record<1 | -1, number>;
    const votes = jurors.flatMap(({ skill, first = 0, shared: part = 0, noise = 1 }, at) =>
      ([1, -1] as const).map((order): Vote => {
        const seen = skill * quality + order * first + part * shared[order] + noise * normal();
        const winner: Winner = seen > 0 ? "a" : "b";
        const place = order === 1 ? {} : { part: "swapped" };
        return { agent: `j${at}`, model: "m", ...place, winner, scores: null, parsed: true };
      }),
    );
    return { votes, label: quality > 0 ? "a" : "b", cluster: row };
  });
}

const unlabelled = (rows: readonly JudgedByJury[]) =>
  rows.map((row) => ({ ...row, label: undefined }));
const namesOf = (jurors: readonly Juror[]) => jurors.map((_, at) => `j${at}`);

const byEither = ["labels", "flips"] as const;

function fooledAlikeIn(
  rows: readonly JudgedByJury[],
  names: readonly string[],
  by: (typeof byEither)[number],
) {
  return atOnce(fooledAlike(juryRowsOf(rows, names), by));
}

function figuresOf(
  rows: readonly JudgedByJury[],
  { jurors, ...counting }: JuryCounting & { readonly jurors: readonly string[] },
) {
  return atOnce(juryFigures(juryRowsOf(rows, jurors), counting));
}

function accuracy(rows: readonly JudgedByJury[], asked: readonly JudgedByJury[], names: string[]) {
  const { forRow } = calibrateJury(asked, names);
  const right = asked.filter(
    (row, at) => calibratedVerdict(row.votes, forRow(row))?.winner === rows[at]?.label,
  );
  return right.length / rows.length;
}

describe("weights from flips", () => {
  it("are log((1 - f) / f), and nothing for a coin or a liking for the order", () => {
    const jurors = [{ skill: 2 }, { skill: 0 }, { skill: 0.2, first: 3 }];
    const rows = unlabelled(judged(jurors, 4000, "flips"));
    const { calibration, from, flips } = calibrateJury(rows, namesOf(jurors));
    expect(from).toBe("flips");
    const [steady, coin, order] = calibration.jurors.map(({ weight }) => weight);
    const rate = (flips[0]?.flipped ?? 0) / (flips[0]?.asked ?? 1);
    expect(steady).toBeCloseTo(Math.log((1 - rate) / rate), 1);
    expect(coin).toBeLessThan(0.1);
    expect(order).toBe(0);
  });

  it("are alike where no juror was asked in both orders", () => {
    const rows = unlabelled(judged([{ skill: 2 }, { skill: 0 }], 50, "one order")).map((row) => ({
      ...row,
      votes: row.votes.filter(({ part }) => part === undefined),
    }));
    const { calibration, from } = calibrateJury(rows, ["j0", "j1"]);
    expect(from).toBe("none");
    expect(calibration.jurors.map(({ weight }) => weight)).toEqual([1, 1]);
  });

  it("give a juror without orders the median of the others'", () => {
    const jurors = [{ skill: 2 }, { skill: 2 }, { skill: 1 }];
    const rows = unlabelled(judged(jurors, 300, "mixed")).map((row) => ({
      ...row,
      votes: row.votes.filter(({ agent, part }) => agent !== "j2" || part === undefined),
    }));
    const [one, two, three] = calibrateJury(rows, namesOf(jurors)).calibration.jurors;
    expect(three?.weight).toBeCloseTo(((one?.weight ?? 0) + (two?.weight ?? 0)) / 2, 9);
  });
});

describe("a jury with bad members", () => {
  const jurors = [
    { skill: 3, noise: 0.5 },
    { skill: 0.1, first: 0.8 },
    { skill: 0.1, first: 0.8 },
    { skill: 0, first: -0.5 },
    { skill: 0 },
  ];

  it("is far better calibrated than alike, without labels", () => {
    const rows = judged(jurors, 600, "bad members");
    const names = namesOf(jurors);
    const even = rows.filter(({ votes, label }) => {
      const sum = votes.reduce((total, { winner }) => total + (winner === "a" ? 1 : -1), 0);
      return label === (sum > 0 ? "a" : sum < 0 ? "b" : "tie");
    });
    expect(even.length / rows.length).toBeLessThan(0.8);
    expect(accuracy(rows, unlabelled(rows), names)).toBeGreaterThan(0.86);
  });

  it("learns from labels who is wrong but steady, and never turns a juror round", () => {
    const steadyButWrong = [{ skill: 1.2 }, { skill: 1.2 }, { skill: -1.5, noise: 0.3 }];
    const rows = judged(steadyButWrong, 400, "wrong");
    const { calibration, from } = calibrateJury(rows, namesOf(steadyButWrong));
    expect(from).toBe("labels");
    expect(calibration.jurors[2]?.weight).toBe(0);
    expect(accuracy(rows, rows, namesOf(steadyButWrong))).toBeGreaterThan(0.75);
  });

  it("isn't measured on labels that it learned from", () => {
    const coins = Array.from({ length: 12 }, () => ({ skill: 0 }));
    const shares = Array.from({ length: 20 }, (_, draw) => {
      const rows = judged(coins, 30, `coins ${draw}`);
      return accuracy(rows, rows, namesOf(coins));
    });
    // 600 verdicts of coins: four standard errors
    expect(shares.reduce((sum, share) => sum + share, 0) / 20).toBeLessThan(0.582);
  });
});

describe("jurors who are fooled alike", () => {
  const independent = [{ skill: 1.5 }, { skill: 1.5, first: 0.5 }, { skill: 1 }];
  const alike = [{ skill: 1.5 }, { skill: 1, shared: 2 }, { skill: 1, shared: 2 }];

  it.each([["labels"], ["flips"]] as const)("are found by %s", (by) => {
    const rows = judged(alike, 400, "alike");
    const found = fooledAlikeIn(rows, namesOf(alike), by);
    expect(found).toMatchObject([{ jurors: ["j1", "j2"], by }]);
  });

  it("are seldom announced where errors are independent", () => {
    const alarms = Array.from({ length: 60 }, (_, draw) => {
      const rows = judged(independent, 200, `independent ${draw}`);
      return byEither.map((by) => fooledAlikeIn(rows, namesOf(independent), by).length > 0);
    });
    for (const by of [0, 1]) {
      expect(alarms.filter((one) => one[by]).length).toBeLessThan(10);
    }
  });
});

describe("the figures of a jury", () => {
  const jurors = ["j0", "j1", "j2"];
  const weights = [1, 1, 1];
  const rows = judged([{ skill: 4, noise: 0.3 }, { skill: 0 }, { skill: 0 }], 200, "worse");
  const decidedBy = (at: number) =>
    rows.map((row) => ({ ...row, winner: row.votes.at(at)?.winner ?? "none" }));

  it.each(["plurality", "mean", "weighted", "calibrated"] as const)(
    "warn where one juror alone is better than its jury by %s",
    (aggregate) => {
      const figures = figuresOf(decidedBy(-1), { aggregate, jurors, weights });
      expect(figures.worseThan?.juror).toBe("j0");
      expect(figures.jurors[0]?.kappa).toBeGreaterThan(0.8);
      expect(figures.jurors[1]?.kappa).toBeLessThan(0.3);
      const best = figuresOf(decidedBy(0), { aggregate, jurors, weights });
      expect(best.worseThan).toBeUndefined();
    },
  );

  it("name jurors that follow the order, without labels", () => {
    const unlabelledRows = unlabelled(decidedBy(0)).map((row) => ({
      ...row,
      winner: "a" as const,
    }));
    const figures = figuresOf(unlabelledRows, { aggregate: "plurality", jurors, weights });
    expect(figures.unsteady.map(({ juror }) => juror)).toEqual(["j1", "j2"]);
    expect(figures).toMatchObject({ weightsFrom: "none", labels: 0 });
    expect(figures.jurors[0]).not.toHaveProperty("kappa");
  });

  it("rest on labels of rows drawn at random, and weigh by all", () => {
    const odd = decidedBy(-1).map((row, at) => ({ ...row, drawnAtRandom: at < 10 }));
    const figures = figuresOf(odd, { aggregate: "calibrated", jurors, weights });
    expect(figures).toMatchObject({ weightsFrom: "labels", labels: 200 });
    expect(figures.worseThan).toBeUndefined();
    expect(figures.jurors[0]).not.toHaveProperty("kappa");
  });

  it("show the weights of the topology as parts of all", () => {
    const figures = figuresOf(decidedBy(0), {
      aggregate: "weighted",
      jurors,
      weights: [2, 1, 1],
    });
    expect(figures.weightsFrom).toBe("topology");
    expect(figures.jurors.map(({ weight }) => weight)).toEqual([0.5, 0.25, 0.25]);
  });
});
