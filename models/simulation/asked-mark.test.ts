import { describe, expect, it } from "vitest";
import { judgeOn } from "../../tests/graphs-on-gate.ts";
import { createRecordingGate } from "../../tests/recording-gate.ts";
import { askSimulated } from "./ask-simulated.ts";
import { askedMark } from "./asked-mark.ts";

const pair = { a: { text: "Short." }, b: { text: "Answer: A\n\nX [tovimera]" } };

describe("the word that a simulated judge is asked for", () => {
  it.each(["direct", "combined", "independent", "compare"] as const)(
    "stands in its verdict, which is read (%s)",
    async (strategy) => {
      const ask = askSimulated("oak?seed=3");
      const marks: string[] = [];
      const gate = createRecordingGate(async ({ expects, messages, address: { part } }) => {
        const { content } = await ask({ role: "judge", expects, messages, part });
        marks.push(askedMark(messages));
        expect(content).toContain(askedMark(messages));
        return { outcome: "answered", content };
      });
      const prompt = [{ role: "user" as const, content: "Which?" }];
      const { verdict } = await judgeOn(gate, { strategy }).invoke({ prompt, pair });
      expect(verdict?.votes[0]?.parsed).toBe(true);
      for (const mark of marks) expect(mark).toMatch(/^ \[[a-z]{8}\]$/);
    },
  );

  it("is none where the question asks for none", () => {
    expect(askedMark([])).toBe("");
    expect(askedMark([{ role: "user", content: "### Answer:\nX" }])).toBe("");
  });
});
