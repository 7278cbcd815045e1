import { describe, expect, it } from "vitest";
import { runScript } from "../../tests/run-script.ts";
import { openWorkspace } from "../../tests/workspace.ts";

const pair = (number: number, rest: object) => ({
  prompt: `Question ${number}?`,
  a: { text: `first ${number}` },
  b: { text: `second ${number}` },
  ...rest,
});

describe("label with several files", () => {
  it("merges them, and keeps labels that differ as those of two people", async () => {
    const space = openWorkspace();
    const one = space.write("anna.jsonl", [
      pair(1, { label: "a" }),
      pair(2, { labels: { carl: "b" }, drawn: "random" }),
      pair(3, { labels: { carl: "tie" }, drawn: "chosen" }),
    ]);
    const exchanged = { a: { text: "second 1" }, b: { text: "first 1" } };
    const two = space.write("ben.jsonl", [
      pair(2, { labels: { carl: "a" }, drawn: "chosen" }),
      pair(1, { ...exchanged, label: "a" }),
      pair(4, { label: "b" }),
      pair(3, {}),
    ]);
    const out = space.at("labels.jsonl");
    const merged = await runScript("label", [one, two, "--out", out]);
    expect(merged).toMatchObject({
      code: 0,
      stdout: `${out}: 4 of 4 pairs with labels of anna, ben, carl, carl (ben), 2 of two people or more\n`,
    });
    expect(merged.stderr).toContain("Two people have judged 2 pairs in common");
    const written = space.lines("labels.jsonl");
    expect(written.map(({ labels, drawn, label }) => [labels, drawn, label])).toEqual([
      [{ anna: "a", ben: "b" }, "random", undefined],
      [{ carl: "b", "carl (ben)": "a" }, "random", undefined],
      [{ carl: "tie" }, "chosen", undefined],
      [{ ben: "b" }, "random", undefined],
    ]);
    const again = await runScript("label", [one, two, "--out", out]);
    expect(again.code).toBe(2);
    const named = await runScript("label", [one, two, "--out", out, "--person", "carl"]);
    expect(named).toMatchObject({ code: 2 });
    expect(named.stderr).toContain("expected one PAIRS beside --person");
  });
});
