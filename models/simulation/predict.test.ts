import { describe, expect, it } from "vitest";
import { createFence } from "../../prompts/fence.ts";
import type { Message } from "../../state/message.ts";
import type { Expectation, TextForm } from "../call.ts";
import { askSimulated } from "./ask-simulated.ts";
import { qualityOf } from "./hidden-quality.ts";
import {
  drawnQuality,
  expectedQuality,
  knownQuality,
  preferenceByChoice,
  preferenceByScores,
  revisedQuality,
  type JudgeParameters,
  type PreferenceShares,
} from "./predict.ts";
import { authorCode, writeMarker } from "./quality-marker.ts";

const count = 3_000;
const plain: JudgeParameters = { noise: 0.1, position: 0, length: 0, own: 0, tie: 0.05 };

function specOf(judge: JudgeParameters): string {
  return `judge?${Object.entries(judge)
    .map(([key, value]) => `${key}=${value}`)
    .join("&")}`;
}

/** A response of a quality and length, by a simulated model of a name. */
function responseOf(quality: number, characters = 100, name = "someone"): string {
  const marker = writeMarker({ kind: "response", value: quality, author: authorCode(name) }, 77);
  return marker.padEnd(characters, ".");
}

function showing(first: string, second: string): Message[] {
  const fence = createFence([first, second]);
  const shown = [fence("response of Assistant A", first), fence("response of Assistant B", second)];
  return [{ role: "user", content: shown.join("\n\n") }];
}

const textOf = (form: TextForm) => ({ kind: "text", form }) as const;

/** What a judge says of pairs, a row each, in shares. */
async function judged(
  judge: JudgeParameters,
  expects: Expectation,
  pairOf: (row: number) => Message[] | Promise<Message[]>,
): Promise<PreferenceShares> {
  const ask = askSimulated(specOf(judge));
  const counts = { first: 0, second: 0, tie: 0 };
  for (let row = 1; row <= count; row += 1) {
    const { content } = await ask({ role: "judge", row, expects, messages: await pairOf(row) });
    counts[sideIn(content)] += 1;
  }
  return { first: counts.first / count, second: counts.second / count, tie: counts.tie / count };
}

function sideIn(text: string): keyof PreferenceShares {
  const letter = /^### Answer: ([ABC])$/m.exec(text)?.[1];
  if (letter !== undefined) return letter === "A" ? "first" : letter === "B" ? "second" : "tie";
  const [a, b] = ["A", "B"].map((side) =>
    Number(new RegExp(`^### Score Assistant ${side}: ([\\d.]+)/\\d+$`, "m").exec(text)?.[1]),
  ) as [number, number];
  return a === b ? "tie" : a > b ? "first" : "second";
}

/** Each share lies within three standard errors of its prediction. */
function expectAsPredicted(found: PreferenceShares, predicted: PreferenceShares): void {
  for (const side of ["first", "second", "tie"] as const) {
    const share = predicted[side];
    const standardError = Math.sqrt((share * (1 - share)) / count);
    expect(Math.abs(found[side] - share), side).toBeLessThanOrEqual(3 * standardError + 1e-9);
  }
}

/**
 * A habit that could as well be chance shows nothing: the share lies far outside of what would be
 * without it.
 */
function expectVisible(found: number, withoutHabit: number): void {
  const standardError = Math.sqrt((withoutHabit * (1 - withoutHabit)) / count);
  expect(found - withoutHabit).toBeGreaterThan(5 * standardError);
}

const pairs = [
  { judge: "a plain judge of unequal responses", habits: {}, qualities: [0.6, 0.5] },
  { judge: "a plain judge of equal responses", habits: {}, qualities: [0.5, 0.5] },
  { judge: "a judge that favours the second", habits: { position: -0.05 }, qualities: [0.6, 0.5] },
  {
    judge: "a precise judge with a wide band",
    habits: { noise: 0.02, tie: 0.1 },
    qualities: [0.6, 0.5],
  },
  {
    judge: "a noisy judge near the top",
    habits: { noise: 0.3, position: 0.1 },
    qualities: [0.9, 0.95],
  },
] as const;

const forms = [
  { kind: "choice" },
  { kind: "scores", scale: 5 },
  { kind: "scores", scale: 10 },
  { kind: "scores", scale: 100 },
] as const satisfies Expectation[];

describe("predicted preferences", () => {
  it("come out as the closed forms say", () => {
    const half = knownQuality(0.5);
    // With no band of ties the better wins with Φ(gap / (noise √2)), here Φ(0.7071…).
    const better = preferenceByChoice(
      { first: knownQuality(0.6), second: half },
      { ...plain, tie: 0 },
    );
    expect(better.first).toBeCloseTo(0.76025, 5);
    expect(better.second).toBeCloseTo(0.23975, 5);
    const habit = preferenceByChoice(
      { first: half, second: half },
      { ...plain, tie: 0, position: 0.1 },
    );
    expect(habit.first).toBeCloseTo(0.76025, 5);
    // Independent normal qualities: Φ(gap / √(2 spread² + 2 noise²)), here Φ(0.5).
    const drawn = (mean: number) => drawnQuality({ mean, spread: 0.1 });
    const skilled = preferenceByChoice(
      { first: drawn(0.55), second: drawn(0.45) },
      { ...plain, tie: 0 },
    );
    expect(skilled.first).toBeCloseTo(0.69146, 4);
    const shares = preferenceByScores({ first: drawn(0.55), second: drawn(0.45) }, plain, 10);
    expect(shares.first + shares.second + shares.tie).toBeCloseTo(1, 9);
    expect(shares.first + shares.tie / 2).toBeCloseTo(0.69146, 3);
  });

  describe.each(forms)("of a simulated judge asked for %o", (form) => {
    const predict = (pair: Parameters<typeof preferenceByChoice>[0], judge: JudgeParameters) =>
      form.kind === "choice"
        ? preferenceByChoice(pair, judge)
        : preferenceByScores(pair, judge, form.scale);

    it.each(pairs)("hold for $judge", async ({ habits, qualities: [a, b] }) => {
      const judge = { ...plain, ...habits };
      const messages = showing(responseOf(a), responseOf(b));
      const found = await judged(judge, form, () => messages);
      expectAsPredicted(found, predict({ first: knownQuality(a), second: knownQuality(b) }, judge));
    });

    it("hold for the response shown first", async () => {
      const equal = { first: knownQuality(0.5), second: knownQuality(0.5) };
      const messages = showing(responseOf(0.5), responseOf(0.5));
      for (const [position, favoured] of [
        [0.06, "first"],
        [-0.06, "second"],
      ] as const) {
        const judge = { ...plain, position };
        const found = await judged(judge, form, () => messages);
        expectAsPredicted(found, predict(equal, judge));
        expectVisible(found[favoured], predict(equal, plain)[favoured]);
      }
    });

    it("hold for the longer response, on either side", async () => {
      const judge = { ...plain, length: 0.04 };
      const equal = { first: knownQuality(0.5), second: knownQuality(0.5) };
      for (const [first, second] of [
        [400, 100],
        [100, 400],
      ] as const) {
        const messages = showing(responseOf(0.5, first), responseOf(0.5, second));
        const predicted = predict({ ...equal, lengthRatio: first / second }, judge);
        const found = await judged(judge, form, () => messages);
        expectAsPredicted(found, predicted);
        const longer = first > second ? "first" : "second";
        expectVisible(found[longer], predict(equal, plain)[longer]);
      }
    });

    it("hold for the judge's own response", async () => {
      const judge = { ...plain, own: 0.1 };
      const equal = { first: knownQuality(0.5), second: knownQuality(0.5) };
      const messages = showing(responseOf(0.5), responseOf(0.5, 100, "judge"));
      const found = await judged(judge, form, () => messages);
      expectAsPredicted(found, predict({ ...equal, own: "second" }, judge));
      expectVisible(found.second, predict(equal, plain).second);
    });

    it("hold for generators of different skill", async () => {
      const better = askSimulated("better?skill=0.7&spread=0.15");
      const worse = askSimulated("worse?skill=0.6&spread=0.1");
      const found = await judged(plain, form, async (row) => {
        const [first, second] = await Promise.all([
          worse({ role: "generator", row }),
          better({ role: "generator", row }),
        ]);
        return showing(first.content, second.content);
      });
      const predicted = predict(
        {
          first: drawnQuality({ mean: 0.6, spread: 0.1 }),
          second: drawnQuality({ mean: 0.7, spread: 0.15 }),
        },
        plain,
      );
      expectAsPredicted(found, predicted);
      expect(found.second).toBeGreaterThan(found.first);
    });
  });
});

describe("predicted quality", () => {
  function expectMean(values: readonly number[], predicted: number): void {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - predicted)).toBeLessThan(3 * Math.sqrt(variance / values.length));
  }

  it("comes out as the closed form says where the top cuts it off", () => {
    const top = drawnQuality({ mean: 1, spread: 0.1 });
    expect(expectedQuality(top)).toBeCloseTo(1 - 0.1 / Math.sqrt(2 * Math.PI), 4);
    const revised = revisedQuality(knownQuality(0.4), {
      gain: 0.5,
      usefulness: knownQuality(0.8),
      spread: 0.05,
    });
    expect(expectedQuality(revised)).toBeCloseTo(0.64, 5);
  });

  it("is that of first responses and of revisions after a simulated reviewer's feedback", async () => {
    const generator = askSimulated("oak?skill=0.7&spread=0.2&gain=0.6");
    const reviewer = askSimulated("elm?skill=0.8&spread=0.3");
    const before: number[] = [];
    const after: number[] = [];
    for (let row = 1; row <= count; row += 1) {
      const first = await generator({ role: "generator", row });
      const shown: Message = {
        role: "user",
        content: createFence(["x"])("response", first.content),
      };
      const review = await reviewer({
        role: "reviewer",
        row,
        expects: { kind: "review" },
        messages: [shown],
      });
      const feedback = createFence(["x"])("feedback", review.content);
      const messages: Message[] = [
        { role: "assistant", content: first.content },
        { role: "user", content: feedback },
      ];
      const revision = await generator({ role: "generator", row, turn: 1, messages });
      before.push(qualityOf(first.content).quality);
      after.push(qualityOf(revision.content).quality);
    }
    const first = drawnQuality({ mean: 0.7, spread: 0.2 });
    const usefulness = drawnQuality({ mean: 0.8, spread: 0.3 });
    expectMean(before, expectedQuality(first));
    expectMean(
      after,
      expectedQuality(revisedQuality(first, { gain: 0.6, usefulness, spread: 0.2 })),
    );
  });

  it("gains more from an advisor that read a debate", async () => {
    const advisor = askSimulated("ash?advice=0.4&debate=0.3&sight=0");
    const editor = askSimulated("yew?gain=0.5");
    const debater = askSimulated("fir");
    const previous = responseOf(0.3);
    const meansAfter: number[] = [];
    for (const gained of [0, 0.3]) {
      const qualities: number[] = [];
      for (let row = 1; row <= count; row += 1) {
        const argument = await debater({ role: "debater", expects: textOf("argument"), row });
        const read = gained === 0 ? [] : [{ role: "user" as const, content: argument.content }];
        const advice = await advisor({
          role: "advisor",
          expects: textOf("suggestions"),
          row,
          messages: read,
        });
        const content = `${advice.content}\n${createFence(["x"])("response", previous)}`;
        const edit = await editor({
          role: "editor",
          expects: textOf("rewrite"),
          row,
          messages: [{ role: "user", content }],
        });
        qualities.push(qualityOf(edit.content).quality);
      }
      const usefulness = drawnQuality({ mean: 0.4 + gained, spread: 0.1 });
      const revision = { gain: 0.5, usefulness, spread: 0.1 };
      const predicted = expectedQuality(revisedQuality(knownQuality(0.3), revision));
      expectMean(qualities, predicted);
      meansAfter.push(qualities.reduce((sum, quality) => sum + quality, 0) / count);
    }
    const [alone = 0, withDebate = 0] = meansAfter;
    expect(withDebate - alone).toBeGreaterThan(0.08);
  });
});
