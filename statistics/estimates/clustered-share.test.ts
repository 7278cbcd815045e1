import { describe, expect, it } from "vitest";
import { clusteredShare, type Trial } from "./clustered-share.ts";
import { createRandom } from "./seeded-random.ts";
import { wilsonInterval } from "./wilson.ts";

const trials = (successes: number, total: number): Trial[] =>
  Array.from({ length: total }, (_, trial) => ({ success: trial < successes }));

describe("clusteredShare", () => {
  it("is Wilson's interval where every trial is a cluster of its own", () => {
    for (const successes of [0, 1, 7, 20]) {
      const alone = trials(successes, 20);
      expect(clusteredShare(alone)).toEqual(wilsonInterval(successes, 20));
      const named = alone.map((trial, cluster) => ({ ...trial, cluster }));
      expect(clusteredShare(named)).toEqual(wilsonInterval(successes, 20));
    }
    expect(clusteredShare([])).toBeNull();
  });

  it("counts copies of a trial about once", () => {
    const copies = trials(15, 40).flatMap((trial, cluster) =>
      Array.from({ length: 8 }, () => ({ ...trial, cluster })),
    );
    const { value, low, high } = clusteredShare(copies)!;
    const once = wilsonInterval(15, 40)!;
    expect(value).toBe(15 / 40);
    expect(low).toBeCloseTo(once.low, 1);
    expect((high - low) / (once.high - once.low)).toBeGreaterThan(0.98);
  });

  it("counts trials of which each cluster has all kinds as independent, never as more", () => {
    const mixed = trials(30, 60).map((trial, index) => ({ ...trial, cluster: index % 30 }));
    const { low, high } = clusteredShare(mixed)!;
    const independent = wilsonInterval(30, 60)!;
    expect(high - low).toBeGreaterThanOrEqual(independent.high - independent.low);
    expect(high - low).toBeLessThan(1.05 * (independent.high - independent.low));
  });

  it("is as wide as that of the clusters where all say the same", () => {
    const sure = trials(60, 60).map((trial, index) => ({ ...trial, cluster: index % 10 }));
    expect(clusteredShare(sure)!.low).toBeCloseTo(wilsonInterval(10, 10)!.low, 12);
    expect(clusteredShare(sure)!.high).toBe(1);
    const single = trials(1, 2).map((trial) => ({ ...trial, cluster: "one" }));
    expect(clusteredShare(single)!.low).toBeLessThan(0.1);
  });

  it("holds the truth in about 95 of 100 studies of rows with twelve readings", () => {
    const random = createRandom("readings");
    const studies = 400;
    let holding = 0;
    for (let study = 0; study < studies; study++) {
      const readings = Array.from({ length: 100 }, (_, cluster) => {
        const leaning = random() < 0.5 ? 0.9 : 0.1;
        return Array.from({ length: 12 }, () => ({ success: random() < leaning, cluster }));
      });
      const { low, high } = clusteredShare(readings.flat())!;
      if (low <= 0.5 && 0.5 <= high) holding += 1;
    }
    expect(holding / studies).toBeGreaterThan(0.92);
    expect(holding / studies).toBeLessThan(0.985);
  });

  it.each([
    [10, 6, 0.8],
    [20, 6, 0.94],
    [50, 6, 0.98],
    [30, 10, 0.98],
    [5, 20, 0.8],
  ])(
    "holds the truth where %i clusters of %i are alike and the share is %d",
    (clusters, size, share) => {
      const random = createRandom(`near the ends ${clusters} ${size} ${share}`);
      const draw = () => random() < share;
      const studies = 400;
      let holding = 0;
      for (let study = 0; study < studies; study++) {
        const alike = Array.from({ length: clusters }, (_, cluster) => {
          const shared = draw();
          return Array.from({ length: size }, () => ({
            success: random() < 0.7 ? shared : draw(),
            cluster,
          }));
        });
        const { low, high } = clusteredShare(alike.flat())!;
        if (low <= share && share <= high) holding += 1;
      }
      expect(holding / studies).toBeGreaterThan(0.93);
    },
  );
});
