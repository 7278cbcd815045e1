import { describe, expect, it } from "vitest";
import { bucketShape, fixedShape, slidingShape, type LimitShape } from "./limit-shapes.ts";
import type { Stretch } from "./request-log.ts";

function requests(times: readonly number[]): Stretch[] {
  return times.map((at) => ({ from: at, to: at, count: 1, refused: 0 }));
}

function refusals(shape: LimitShape, perSecond: number, sent: readonly Stretch[]): number[] {
  const refused = new Float64Array(sent.length);
  shape.simulate(sent, perSecond, refused);
  return [...refused];
}

/** The same requests, refused as this shape at this rate refuses them. */
function refusedBy(shape: LimitShape, perSecond: number, sent: readonly Stretch[]): Stretch[] {
  const refused = refusals(shape, perSecond, sent);
  return sent.map((stretch, index) => ({ ...stretch, refused: refused[index] ?? 0 }));
}

describe("a bucket", () => {
  it("takes what is in it, and then what flows in", () => {
    const sent = requests([0, 0, 0, 50, 100, 150, 200]);
    expect(refusals(bucketShape(2), 10, sent)).toEqual([0, 0, 1, 1, 0, 1, 0]);
  });

  it("takes as much of a stretch as there is", () => {
    const sent = [{ from: 0, to: 1_000, count: 20, refused: 0 }];
    expect(refusals(bucketShape(2), 10, sent)).toEqual([8]);
  });

  it("holds for its size at its rate", () => {
    expect(bucketShape(50).depthMs(20)).toBe(2_500);
  });
});

describe("a sliding window", () => {
  it("takes no more than its size in any stretch of its length", () => {
    const sent = requests([0, 100, 200, 999, 1_000, 1_050, 1_100]);
    expect(refusals(slidingShape(1_000), 2, sent)).toEqual([0, 0, 1, 1, 0, 1, 0]);
  });

  it("lets a stretch out bit by bit", () => {
    const sent = [
      { from: 0, to: 500, count: 10, refused: 0 },
      { from: 1_250, to: 1_250, count: 8, refused: 0 },
    ];
    expect(refusals(slidingShape(1_000), 10, sent)).toEqual([0, 3]);
  });
});

describe("a fixed window", () => {
  it("is empty again at its end", () => {
    const sent = requests([0, 100, 200, 700, 800, 900, 1_699, 1_700]);
    // It began 300 ms before the first request.
    expect(refusals(fixedShape(1_000, 0.3), 2, sent)).toEqual([0, 0, 1, 0, 0, 1, 1, 0]);
  });
});

describe.each([
  ["a bucket of 1", bucketShape(1)],
  ["a bucket of 30", bucketShape(30)],
  ["a sliding window", slidingShape(1_000)],
  ["a fixed window", fixedShape(1_000, 0.4)],
])("the rate of %s", (_, shape) => {
  it("is found from what it refused", () => {
    // Ever faster, up to 200 a second.
    const sent = requests(Array.from({ length: 600 }, (__, index) => 245 * Math.sqrt(index)));
    const rate = shape.rateFor(refusedBy(shape, 60, sent));
    expect(rate).toBeGreaterThan(58);
    expect(rate).toBeLessThan(62);
  });
});
