import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { promptDirectory } from "../../../prompts/load-prompt.ts";
import { answerText, formOf } from "./answer-text.ts";
import { defaultSettings } from "./server-settings.ts";

/** A section of a prompt file, as it is sent. */
function section(name: string, heading: string): string {
  const text = readFileSync(join(promptDirectory, `${name}.md`), "utf8");
  const [, rest = ""] = text.split(`\n## ${heading}\n`);
  return (rest.split("\n## ")[0] ?? "").replaceAll("{{scale}}", "10");
}

const asked = (content: string) => [{ role: "user", content }];

describe("what the fault server says", () => {
  it.each([
    ["judge-combined", "question", "scores"],
    ["judge-combined", "reask", "scores"],
    ["judge-independent", "question", "score"],
    ["judge-independent", "reask", "score"],
    ["judge-direct", "question", "choice"],
    ["judge-direct", "reask", "choice"],
    ["judge-compare", "question", "compare"],
    ["judge-compare", "reask", "compare"],
    ["debater", "talk", "text"],
    ["debater", "vote", "scores"],
    ["debater", "reask", "scores"],
    ["reviewer", "first", "review"],
    ["reviewer", "again", "review"],
    ["generator", "feedback", "text"],
    ["advisor", "debate", "advice"],
    ["editor", "advised", "text"],
    ["coevol-positive", "position", "text"],
  ])("has the form that %s, %s asks for", (name, heading, form) => {
    const text = section(name, heading);
    expect(text).not.toBe("");
    expect(formOf(asked(text))).toBe(form);
  });

  it("is a function of the seed and the question", () => {
    const question = asked("Why? #row-1#");
    const said = (seed: number, key: string) =>
      answerText(question, key, { ...defaultSettings, seed });
    expect(said(1, "key-1")).toBe(said(1, "key-1"));
    expect(said(1, "key-1")).not.toBe(said(2, "key-1"));
    expect(said(1, "key-1")).not.toBe(said(1, "key-2"));
  });

  it("varies in its verdicts, but for a judge that prefers the first, and one that can't be read", () => {
    const question = asked(section("judge-direct", "question"));
    const letters = (verdicts: "sane" | "gullible" | "unreadable") =>
      new Set(
        Array.from({ length: 40 }, (_, index) => {
          const text = answerText(question, `key-${index}`, { ...defaultSettings, verdicts });
          return /### Answer:\n(\w)/.exec(text)?.[1] ?? null;
        }),
      );
    expect(letters("sane")).toEqual(new Set(["A", "B", "C"]));
    expect(letters("gullible")).toEqual(new Set(["A"]));
    expect(letters("unreadable")).toEqual(new Set([null]));
  });
});
