import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { workInDirectory } from "../tests/own-code.ts";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import { findCode } from "./load-code.ts";

const outside = () => temporaryDirectory({ "n.ts": "export const n = 1;" });

describe("findCode", () => {
  const found: Record<string, [text: string, ...files: string[]]> = {
    "with escapes": ['import "./my%20file.ts";', "my file.ts"],
    "as a path of the same letters": ['import "./as%2Dis.ts";', "as%2Dis.ts"],
    "side by side": ['import "./a.ts"; import "./b.ts";', "a.ts", "b.ts"],
    "with a question": ['import "./a.ts?again"; import "./b.ts#part";', "a.ts", "b.ts"],
    "through another": ['export * from "./folder/c.js";', "folder/c.ts", "b.ts"],
    "without an ending": ['import "./folder";', "folder/index.ts"],
    "of data": ['import d from "./d.json" with { type: "json" }; d;', "d.json"],
    "of what may be either": ['import "./e.js";', "e.js", "e.ts"],
    "of types alone": ['import type { A } from "./a.ts";'],
    "of packages": ['import "node:fs"; import "zod";'],
  };

  it.each(Object.entries(found))("hashes what it imports %s", (_, [text, ...files]) => {
    const directory = workInDirectory({
      "own.ts": text,
      "a.ts": "export type A = 1;",
      "b.ts": "",
      "my file.ts": "",
      "as%2Dis.ts": "",
      "d.json": "{}",
      "e.js": "",
      "e.ts": "",
    });
    mkdirSync(join(directory, "folder"));
    writeFileSync(join(directory, "folder", "c.ts"), 'import "../b.ts";');
    writeFileSync(join(directory, "folder", "index.ts"), "");
    const { hashes } = findCode("own.ts", "PLACE");
    expect(Object.keys(hashes).toSorted()).toEqual(["own.ts", ...files].toSorted());
  });

  const refused: Record<string, string> = {
    "with escapes": 'import "./%2e%2e/OUTSIDE/n.ts";',
    "with a backslash": 'import "./..\\\\OUTSIDE/n.ts";',
    "after a comment": '/* c */ import "../OUTSIDE/n.ts";',
    "in the middle of a line": 'const a = 1; import "../OUTSIDE/n.ts";',
    "as a template": "void import(`../OUTSIDE/n.ts`);",
    "by require": 'require("../OUTSIDE/n.ts");',
  };

  it.each(Object.entries(refused))("refuses an import from outside %s", (_, text) => {
    workInDirectory({ "own.ts": text.replace("OUTSIDE", basename(outside())) });
    expect(() => findCode("own.ts", "PLACE")).toThrow(
      /^PLACE: own\.ts imports ".*": this leads to .*; code must lie under the working directory/,
    );
  });
});
