import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { parseYaml } from "./parse-yaml.ts";

function treeOf(text: string): unknown {
  return parseYaml("a.yaml", text).tree;
}

/** The message with which a text is refused, as any mistake of a user's is. */
function refusal(text: string): string {
  try {
    parseYaml("a.yaml", text);
  } catch (error) {
    if (isFellowshipError(error) && error.code === "bad_usage") return error.message;
    throw error;
  }
  throw new Error("was not refused");
}

describe("a YAML file", () => {
  it("is read as plain data, with the line of each key by its dotted path", () => {
    const { tree, lines } = parseYaml(
      "a.yaml",
      "graph: jury\n\nagents:\n  jurors:\n    - { name: x }\n",
    );
    expect(tree).toEqual({ graph: "jury", agents: { jurors: [{ name: "x" }] } });
    expect(Object.fromEntries(lines)).toEqual({
      graph: 1,
      agents: 3,
      "agents.jurors": 4,
      "agents.jurors.0": 5,
      "agents.jurors.0.name": 5,
    });
  });

  it("is read under the rules of YAML 1.2: no is a text, a date is a text", () => {
    expect(treeOf("a: no\nb: 2020-01-01\nc: 0.5\nd: true\ne:\nf: 1e3")).toEqual({
      a: "no",
      b: "2020-01-01",
      c: 0.5,
      d: true,
      e: null,
      f: 1000,
    });
  });

  it("may repeat itself with an alias, and each place is its own", () => {
    const { tree } = parseYaml("a.yaml", "a: &model { model: x }\nb: *model\n");
    const { a, b } = tree as Record<string, { model: string }>;
    if (a !== undefined) a.model = "y";
    expect(b).toEqual({ model: "x" });
  });

  it("may be empty, which is nothing", () => {
    expect(treeOf("")).toBeNull();
    expect(treeOf("# only this\n")).toBeNull();
  });

  it("is refused with its line where it is no YAML, and where it is two", () => {
    expect(refusal("a: 1\nb: [1, 2\nc: 3\n")).toMatch(/^a\.yaml:\d: no valid YAML: /);
    expect(refusal("a: 1\n b: 2\n")).toMatch(/^a\.yaml:\d: no valid YAML: /);
    expect(refusal("a: 1\n---\nb: 2\n")).toMatch(/^a\.yaml:\d: no valid YAML: /);
    expect(refusal("a: 1\nb: *nobody\n")).toBe("a.yaml:2: *nobody stands for nothing before it.");
  });

  it("is refused where a key occurs twice, with both lines", () => {
    expect(refusal("a: 1\nb: 2\na: 3\n")).toBe("a.yaml:3: a occurs twice (first in line 1).");
    expect(refusal("x:\n  a: 1\n  'a': 2\n")).toBe("a.yaml:3: x.a occurs twice (first in line 2).");
    expect(refusal("x: { a: 1, a: 2 }")).toBe("a.yaml:1: x.a occurs twice (first in line 1).");
    expect(refusal("1: a\n'1': b\n")).toBe("a.yaml:2: 1 occurs twice (first in line 1).");
  });

  it.each([
    ["nothing", "a: 1\n~: 2\n", "nothing"],
    ["nothing at all", "a: 1\n: 2\n", "nothing"],
    ["a map", "a: 1\n? {b: 1}\n: 2\n", "a map"],
    ["a list", "a: 1\n? [b]\n: 2\n", "a list"],
    ["an alias", "a: &a x\n*a : 2\n", "an alias"],
  ])("is refused where %s is a key, with its line", (_, text, found) => {
    expect(refusal(text)).toBe(`a.yaml:2: expected a name as key, got ${found}.`);
  });

  it("does not know merge keys, which stay keys like any other", () => {
    expect(treeOf("a: &a { x: 1 }\n<<: *a\n")).toEqual({ a: { x: 1 }, "<<": { x: 1 } });
  });

  it("keeps what looks like a prototype a key like any other", () => {
    const tree = treeOf("__proto__: { x: 1 }\n") as Record<string, unknown>;
    expect(Object.keys(tree)).toEqual(["__proto__"]);
    expect(tree["x"]).toBeUndefined();
  });
});

describe("a YAML bomb", () => {
  const most = 16 * 1024;
  const full = (unit: string) => unit.repeat(Math.floor(most / unit.length));
  const doubled = (levels: number) =>
    Array.from({ length: levels }, (_, level) =>
      level === 0 ? "a0: &a0 [x, x]" : `a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`,
    ).join("\n");

  it.each([
    ["brackets in brackets", full("["), "nested deeper than 100 levels"],
    ["maps in maps", full("{a: "), "nested deeper than 100 levels"],
    ["closed brackets", `${"[".repeat(5000)}${"]".repeat(5000)}`, "nested deeper than 100 levels"],
    ["brackets a line", full("[\n"), "a.yaml:101: nested deeper"],
    ["lists in lists", full("- "), "nested deeper than 100 levels"],
    ["lists with anchors", full("&a - "), "nested deeper than 100 levels"],
    ["lists with tags", full("!t - "), "nested deeper than 100 levels"],
    ["keys in keys", full("? "), "nested deeper than 100 levels"],
    ["values in values", full("a: "), "nested deeper than 100 levels"],
    [
      "deep indentation",
      Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      "a.yaml:101: nested deeper",
    ],
    ["doubled aliases", doubled(9), "a.yaml:9: the aliases up to here repeat too much."],
    ["many aliases", full("- *a\n"), "a.yaml:21: more than 20 aliases"],
    ["an alias that holds itself", "a: &a\n  b: *a", "a.yaml:2: the alias *a holds itself."],
    ["a list that holds itself", "&a [*a]", "a.yaml:1: the alias *a holds itself."],
    ["many errors", full('"'), "no valid YAML"],
    ["many brackets side by side", full("[]"), "no valid YAML"],
    ["many closing brackets", `a: 1\n${full("]")}`, "a.yaml:2: no valid YAML: ] closes nothing."],
    ["many commas", `[${full(",")}`, "no valid YAML"],
    ["many documents", full("---\n"), "no valid YAML"],
    ["many anchors", full("&a "), "no valid YAML"],
    ["many empty keys", full("?\n"), "expected a name as key, got nothing"],
  ])("is refused at once: %s", (_, text, found) => {
    const message = refusal(text);
    expect(message).toContain(found);
    expect(message).toMatch(/^a\.yaml(:\d+)?: /);
    expect(message.length).toBeLessThan(300);
  });

  it("is none where a text is merely long: a thousand keys, or a list", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}: ${index}`).join("\n");
    expect(Object.keys(treeOf(keys) as object)).toHaveLength(1000);
    expect(treeOf("- a\n".repeat(1000))).toHaveLength(1000);
  });

  it("is none where brackets, dashes and stars stand inside texts", () => {
    const text = `a: "${"[{*&- ".repeat(50)}"\nb: '${"[[".repeat(100)}'\nc: |\n  ${"- *x [".repeat(50)}\n# ${"[".repeat(200)}`;
    expect(Object.keys(treeOf(text) as object)).toEqual(["a", "b", "c"]);
  });
});
