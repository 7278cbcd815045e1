import { createHash } from "node:crypto";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../state/fellowship-error.ts";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import { listPrompts, loadPrompt, type PromptShape } from "./load-prompt.ts";

const shape: PromptShape = { system: [], question: ["text", "scale"], "again?": ["text"] };

const good = `---
role: judge
variables: [text, scale]
---

## system

You judge.

## question

{{text}}

Out of {{ scale }}.
`;

/** Loads a text as the prompt file `mine.md`. */
function load(text: string) {
  return loadPrompt(temporaryDirectory({ "mine.md": text }), "mine", shape);
}

/** The message with which a prompt file is refused. */
function refusal(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (isFellowshipError(error) && error.code === "bad_usage") return error.message;
    throw error;
  }
  throw new Error("was not refused");
}

describe("a prompt file", () => {
  it("gives its sections, with the values in place of the variables", () => {
    const prompt = load(good);
    expect(prompt.name).toBe("mine");
    expect(prompt.render("system")).toBe("You judge.");
    expect(prompt.render("question", { text: "A text.", scale: "10" })).toBe(
      "A text.\n\nOut of 10.",
    );
  });

  it("may leave out a section that is optional, and says whether it is there", () => {
    expect(load(good).has("again")).toBe(false);
    expect(load(`${good}\n## again\n\n{{text}}\n`).has("again")).toBe(true);
  });

  it("takes values as they are, whatever stands in them", () => {
    const values = [
      "{{text}} {{scale}} {{nothing}}",
      "$& $1 $` $' $$ $<name>",
      "\\n \\u0041",
      "---\n## question\n\n{{",
      "",
      "🦊 \u0000 \uFFFD",
    ];
    for (const text of values) {
      expect(load(good).render("question", { text, scale: "{{text}}" })).toBe(
        `${text}\n\nOut of {{text}}.`,
      );
    }
  });

  it("is known by the hash of its text, the same under Windows", () => {
    const { sha256 } = load(good);
    expect(sha256).toBe(createHash("sha256").update(good).digest("hex"));
    expect(load(good.replaceAll("\n", "\r\n")).sha256).toBe(sha256);
    expect(load(`\uFEFF${good}`).sha256).toBe(sha256);
    expect(load(good.replace("judge.", "judge!")).sha256).not.toBe(sha256);
  });

  it("may be named with its ending, and is the same prompt", () => {
    const directory = temporaryDirectory({ "mine.md": good });
    expect(loadPrompt(directory, "mine.md", shape).name).toBe("mine");
  });
});

describe("a prompt file that does not fit", () => {
  it("is refused where it is missing, with the names there are", () => {
    const directory = temporaryDirectory({ "one.md": good, "two.md": good, "notes.txt": "" });
    expect(listPrompts(directory)).toEqual(["one", "two"]);
    const message = refusal(() => loadPrompt(directory, "three", shape));
    expect(message).toContain("No prompt file");
    expect(message).toContain("three.md");
    expect(message).toContain("(one, two)");
  });

  it("is refused where it is no regular file, which may have no end", () => {
    const directory = temporaryDirectory();
    symlinkSync("/dev/zero", join(directory, "endless.md"));
    expect(refusal(() => loadPrompt(directory, "endless", shape))).toContain(
      "endless.md is no regular file",
    );
  });

  it("is read from a path, and refused where there is no such file", () => {
    const directory = temporaryDirectory({ "mine.md": good });
    const path = join(directory, "mine.md");
    expect(loadPrompt("elsewhere", path, shape).sha256).toMatch(/^[0-9a-f]{64}$/);
    const absent = join(directory, "absent.md");
    expect(refusal(() => loadPrompt(directory, absent, shape))).toContain(
      `No prompt file ${absent}`,
    );
  });

  it.each(["a/b", "", "a\nb", "a b"])(
    "is refused where its name is neither a name nor a path: %j",
    (name) => {
      const directory = temporaryDirectory();
      expect(refusal(() => loadPrompt(directory, name, shape))).toContain(
        "expected the name of a file in prompts/",
      );
    },
  );

  it.each([
    ["no front matter", "## system\n\nYou judge.\n", "no front matter"],
    ["front matter that does not end", "---\nrole: judge\n", "no front matter"],
    ["front matter that is no YAML", "---\nrole: [\n---\n", "front matter that is no YAML"],
    ["no role", "---\nvariables: []\n---\n", "role"],
    ["an unknown key", good.replace("role: judge", "role: judge\nmodel: x"), "model"],
    ["variables that are no list", good.replace("[text, scale]", "text"), "variables"],
    ["no section", good.replace("## system", "## sytem"), 'no section "## system"'],
    ["an unknown section", `${good}\n## epilogue\n\nBye.\n`, 'unknown section "## epilogue"'],
    ["a section twice", `${good}\n## system\n\nYou juggle.\n`, '"## system" twice'],
    [
      "a variable the role does not give",
      good.replace("[text, scale]", "[text, scale, name]"),
      "unknown variable {{name}}",
    ],
    [
      "a variable in the text that the role does not give",
      good.replace("{{text}}", "{{text}} {{txt}}"),
      'unknown variable {{txt}} in "## question"',
    ],
    [
      "a variable that the front matter does not name",
      good.replace("[text, scale]", "[text]"),
      'not under "variables:"',
    ],
    ["a variable missing from the text", good.replace("{{text}}", ""), "no {{text}}"],
    [
      "a variable in a section that does not have it",
      good.replace("You judge.", "You judge {{text}}."),
      'unknown variable {{text}} in "## system"',
    ],
  ])("is refused for %s, with its path", (_, text, found) => {
    const message = refusal(() => load(text));
    expect(message).toContain(found);
    expect(message).toContain("mine.md");
  });

  it("says what was expected", () => {
    expect(refusal(() => load(good.replace("{{text}}", "{{text}} {{txt}}")))).toContain(
      "Expected: text, scale.",
    );
  });
});
