import { describe, expect, it } from "vitest";
import { importsOf } from "./imports-of.ts";

const specifiers = (text: string, file = "own.ts") => importsOf(text, file).specifiers;

describe("importsOf", () => {
  const written: Record<string, [text: string, ...expected: string[]]> = {
    "after a comment": ['/* c */ import "./a.ts";', "./a.ts"],
    "in the middle of a line": [
      'const a = 1; import "./a.ts"; import "./b.ts";',
      "./a.ts",
      "./b.ts",
    ],
    "over several lines": ['import {\n  a as b\n} from "./a.ts"; b;', "./a.ts"],
    "without a space": ['import a,{b}from"./a.ts"', "./a.ts"],
    "of names that nothing uses": ['import { a } from "./a.ts";', "./a.ts"],
    "passed on": ['export * from "./a.ts"; export { b } from "./b.ts";', "./a.ts", "./b.ts"],
    "with escapes": ['import "./%2e%2e/\\x61.ts";', "./%2e%2e/a.ts"],
    "in brackets, as a template": ["const a = await import(`./a.ts`);", "./a.ts"],
    "in a function that nobody calls": ['function f() { return import("./a.ts"); }', "./a.ts"],
    "one of two": ['void import(process.argv[2] ? "./a.ts" : "./b.ts");', "./a.ts", "./b.ts"],
    "by require": ['require("./a.ts"); import b = require("./b.ts"); b;', "./a.ts", "./b.ts"],
    "with attributes": ['import a from "./a.json" with { type: "json" }; a;', "./a.json"],
    "of packages": [
      'import "node:fs"; import "zod"; import "http://127.0.0.1/";',
      "node:fs",
      "zod",
      "http://127.0.0.1/",
    ],
    "of types alone": ['import type { A } from "./a.ts"; export type { B } from "./b.ts";'],
    "in a text or a comment": [
      '// import "./a.ts"\nexport const a = `import "./b.ts"`, b = /import(".c")/;',
    ],
  };

  it.each(Object.entries(written))("finds imports %s", (_, [text, ...expected]) => {
    expect(importsOf(text, "own.ts").problem).toBeNull();
    expect(specifiers(text).toSorted()).toEqual(expected.toSorted());
  });

  it("says where one can't be told", () => {
    for (const path of ["name", '"./a" + name', "`./parts/${name}.ts`", "`../${name}.ts`"]) {
      const { problem } = importsOf(`const name = String(1);\nvoid import(${path});`, "own.ts");
      expect(problem).toMatch(/^the path of an import is computed \(line 2\), /);
    }
  });

  it("says what is wrong with a module that is none", () => {
    expect(importsOf("export const x = ;", "own.ts").problem).toBe('Unexpected ";" (line 1)');
  });

  it("tells whether a module would be taken for a promise", () => {
    expect(importsOf("export function then() {}", "own.ts").exportsThen).toBe(true);
    expect(importsOf("const x = 1; export { x as then };", "own.mjs").exportsThen).toBe(true);
    expect(importsOf("export function next() { return { then: 1 }; }", "own.ts").exportsThen).toBe(
      false,
    );
  });
});
