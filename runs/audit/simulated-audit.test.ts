import { describe, expect, it } from "vitest";
import {
  knownQuality,
  preferenceByChoice,
  preferenceByScores,
  type JudgeParameters,
  type PreferenceShares,
} from "../../models/simulation/predict.ts";
import { writeMarker } from "../../models/simulation/quality-marker.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { audit } from "./audit.ts";

const pairs = 240;
/** Every fifth label is flipped. */
const isFlipped = (row: number) => row % 5 === 0;
const better = knownQuality(0.6);
const worse = knownQuality(0.5);

/** Pairs of a better and a worse response, either of them first, a fifth with the wrong label. */
function plantedPairs(): object[] {
  return Array.from({ length: pairs }, (_, at) => {
    const row = at + 1;
    const response = (value: number, nonce: number) =>
      `An answer. ${writeMarker({ kind: "response", value, author: 1 }, nonce)}`;
    const good = response(0.6, 2 * row);
    const bad = response(0.5, 2 * row + 1);
    const isGoodFirst = row % 2 === 0;
    const truth = isGoodFirst ? "a" : "b";
    const wrong = isGoodFirst ? "b" : "a";
    return {
      prompt: `Question ${row}?`,
      ...(isGoodFirst ? { a: good, b: bad } : { a: bad, b: good }),
      label: isFlipped(row) ? wrong : truth,
    };
  });
}

/** Audits the planted pairs; which share of the flagged is flipped, of the flipped is flagged. */
async function auditPlanted(judge: JudgeParameters, topology: object) {
  const space = openWorkspace();
  space.write("pairs.jsonl", plantedPairs());
  const spec = Object.entries(judge).map(([key, value]) => `${key}=${value}`);
  const agents = { judge: { model: `sim:oak?${spec.join("&")}` } };
  const file = space.write("judge.yaml", JSON.stringify({ graph: "judge", ...topology, agents }));
  const options = { ...space.options("pairs.jsonl", "out"), threshold: 0 };
  const { summary } = await audit(file, options);
  const suspects = space.lines("out", "suspects.jsonl");
  const flagged = suspects.filter(({ flags }) =>
    flags.some(({ flag }: { flag: string }) => flag === "flipped"),
  );
  const found = flagged.filter(({ row }) => isFlipped(row)).length;
  expect(summary.audit.flags.flipped).toBe(flagged.length);
  return { found, flagged: flagged.length };
}

/** Counts lie within three standard errors of those that the rates of the judge predict. */
function expectPredicted(
  { found, flagged }: { found: number; flagged: number },
  { right, wrong }: { right: number; wrong: number },
): void {
  const [flipped, sound] = [pairs / 5, (4 * pairs) / 5];
  const within = (count: number, of: number, rate: number) => {
    expect(Math.abs(count - of * rate)).toBeLessThanOrEqual(3 * Math.sqrt(of * rate * (1 - rate)));
  };
  within(found, flipped, right);
  within(flagged - found, sound, wrong);
}

/** How often the better and the worse one win, over pairs of which either one stands first. */
function inOneOrder(prefer: (first: "better" | "worse") => PreferenceShares) {
  const [betterFirst, worseFirst] = [prefer("better"), prefer("worse")];
  return {
    right: (betterFirst.first + worseFirst.second) / 2,
    wrong: (betterFirst.second + worseFirst.first) / 2,
  };
}

describe("an audit by simulated judges", () => {
  const plain = { noise: 0.1, position: 0, length: 0, own: 0, tie: 0 };
  const habit = { ...plain, position: 0.1 };
  const shown = (first: "better" | "worse") =>
    first === "better" ? { first: better, second: worse } : { first: worse, second: better };

  it("finds what the planted skill predicts", async () => {
    const judge = { ...plain, tie: 0.05 };
    const found = await auditPlanted(judge, { strategy: "combined", scale: 10, orders: "ab" });
    expectPredicted(
      found,
      inOneOrder((first) => preferenceByScores(shown(first), judge, 10)),
    );
  });

  it("pays for a liking for the first place, and mends it by asking both orders", async () => {
    const inOne = await auditPlanted(habit, { strategy: "direct", orders: "ab" });
    expectPredicted(
      inOne,
      inOneOrder((first) => preferenceByChoice(shown(first), habit)),
    );

    const inBoth = await auditPlanted(habit, { strategy: "direct" });
    const [betterFirst, worseFirst] = (["better", "worse"] as const).map((first) =>
      preferenceByChoice(shown(first), habit),
    ) as [PreferenceShares, PreferenceShares];
    expectPredicted(inBoth, {
      right: betterFirst.first * worseFirst.second,
      wrong: betterFirst.second * worseFirst.first,
    });
    expect(inBoth.found / inBoth.flagged).toBeGreaterThan(inOne.found / inOne.flagged + 0.1);
  });
});
