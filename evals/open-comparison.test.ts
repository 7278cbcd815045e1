import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPreference } from "./evaluators/create-preference.ts";
import { qualityOf } from "../models/simulation/hidden-quality.ts";
import { writeMarker } from "../models/simulation/quality-marker.ts";
import { openComparison } from "./open-comparison.ts";

const preset = (name: string) => join(import.meta.dirname, "..", "topologies", `${name}.yaml`);
const seeing = { environment: {}, models: ["sim:umpire?noise=0&tie=0.01"] };
const marked = (value: number) =>
  `An answer. ${writeMarker({ kind: "response", value, author: 1 }, 7)}`;

describe("openComparison", () => {
  it.each(["judge", "jury", "debate"])("makes %s an evaluator for any experiment", async (name) => {
    const preference = createPreference({ compare: await openComparison(preset(name), seeing) });
    const [good, poor] = [marked(0.9), marked(0.2)];
    expect(qualityOf(good).quality).toBeGreaterThan(qualityOf(poor).quality);
    const inputs = { prompt: "Why?" };
    const better = await preference({ inputs, outputs: good, referenceOutputs: poor });
    expect(better).toMatchObject({ key: "preferred_to_reference", score: 1 });
    const worse = await preference({ inputs, outputs: poor, referenceOutputs: good });
    expect(worse).toMatchObject({ score: 0 });
  });

  it("refuses a topology that compares nothing", async () => {
    await expect(openComparison(preset("feedback-loop"), seeing)).rejects.toThrow(
      "expected judge, jury or debate, to compare responses with; got a generator",
    );
  });
});
