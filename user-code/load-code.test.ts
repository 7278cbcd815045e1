import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { project, workInDirectory } from "../tests/own-code.ts";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import { findCode } from "./load-code.ts";

const outside = () => temporaryDirectory({ "n.ts": "export const n = 1;" });

describe("findCode", () => {
  const found: Record<string, [text: string, ...files: string[]]> = {
    "after a comment": ['/* c */ import "./a.ts";', "a.ts"],
    "side by side": ['import "./a.ts"; import "./b.ts";', "a.ts", "b.ts"],
    "over several lines": ['import {\n  a as b\n} from "./a.ts"; b;', "a.ts"],
    "without a space": ['import a,{b}from"./a.ts"', "a.ts"],
    "of names that are never used": ['import { a } from "./a.ts";', "a.ts"],
    "and passes on": ['export * from "./a.ts"; export { b } from "./b.ts";', "a.ts", "b.ts"],
    "in brackets, as a template": ["const a = await import(`./a.ts`);", "a.ts"],
    "in a function that is never called": ['function f() { return import("./a.ts"); }', "a.ts"],
    "one of two": ['void import(process.argv[2] ? "./a.ts" : "./b.ts");', "a.ts", "b.ts"],
    "by require": ['require("./a.ts"); import b = require("./b.ts"); b;', "a.ts", "b.ts"],
    "of a name with a percent sign": ['import "./as%2Dis.ts";', "as%2Dis.ts"],
    "with a question": ['import "./a.ts?again"; import "./b.ts#part";', "a.ts", "b.ts"],
    "through another": ['export * from "./folder/c.js";', "folder/c.ts", "b.ts"],
    "without an ending": ['import "./folder";', "folder/index.ts"],
    "of data": ['import d from "./d.json" with { type: "json" }; d;', "d.json"],
    "of what may be either": ['import "./e.js";', "e.js", "e.ts"],
    "of types alone": ['import type { A } from "./a.ts"; export type { B } from "./b.ts";'],
    "of packages": ['import "node:fs"; import "zod";'],
    "of Fellowship's files": [`import "${project}/nodes/reviewer.ts";`],
    "in a text or a comment": [
      '// import "./a.ts"\nexport const a = `import "./b.ts"`, b = /import(".c")/;',
    ],
  };

  it.each(Object.entries(found))("hashes what it imports %s", (_, [text, ...files]) => {
    const directory = workInDirectory({
      "own.ts": text,
      "a.ts": "export type A = 1; export const a = 1, b = 2; export default a;",
      "b.ts": "export type B = 1; export const b = 1;",
      "as%2Dis.ts": "",
      "d.json": "{}",
      "e.js": "",
      "e.ts": "",
    });
    mkdirSync(join(directory, "folder"));
    writeFileSync(join(directory, "folder", "c.ts"), 'import "../b.ts";');
    writeFileSync(join(directory, "folder", "index.ts"), "");
    const { hashes } = findCode("own.ts", "PLACE");
    expect(Object.keys(hashes)).toEqual(["own.ts", ...files.toSorted()]);
  });

  const leading: Record<string, string> = {
    "after a comment": '/* c */ import "../OUTSIDE/n.ts";',
    "in the middle of a line": 'const a = 1; import "../OUTSIDE/n.ts";',
    "as a template": "void import(`../OUTSIDE/n.ts`);",
    "by require": 'require("../OUTSIDE/n.ts");',
    "by a link": 'import "./link.ts";',
  };

  it.each(Object.entries(leading))("refuses an import from outside %s", (_, text) => {
    const there = outside();
    const directory = workInDirectory({ "own.ts": text.replace("OUTSIDE", basename(there)) });
    symlinkSync(join(there, "n.ts"), join(directory, "link.ts"));
    expect(() => findCode("own.ts", "PLACE")).toThrow(
      /^PLACE: own\.ts imports ".*": this leads to .*; code must lie under the working directory/,
    );
  });

  const refused: Record<string, [text: string, message: RegExp]> = {
    "with escapes": ['import "./%2e%2e/OUTSIDE/n.ts";', /can't load own\.ts: Could not resolve/],
    "with a backslash": ['import "./..\\\\OUTSIDE/n.ts";', /can't load own\.ts: Could not resolve/],
    "by an address": ['import "file:///OUTSIDE/n.ts";', /imports "file:.*expected a file or a/],
    "by data": ['import "data:text/javascript,0";', /imports "data:.*expected a file or a package/],
    "that is computed": [
      "const name = String(1);\nvoid import(name);",
      /can't load own\.ts: the path of an import is computed \(line 2\); write it as a text/,
    ],
    "that is added up": [
      'const name = "";\nvoid import("./own" + name);',
      /can't load own\.ts: the path of an import is computed; write it as a text/,
    ],
    "that is a pattern without files": [
      "const name = String(1);\nvoid import(`./parts/${name}.ts`);",
      /can't load own\.ts: the path of an import is computed \(line 2\); write/,
    ],
    "in a module with a mistake": [
      "export const x = ;",
      /can't load own\.ts: Unexpected ";" \(line 1\)/,
    ],
    "of a file that is not there": ['import "./absent.ts";', /can't load own\.ts: .*absent\.ts/],
  };

  it.each(Object.entries(refused))("refuses an import %s", (_, [text, message]) => {
    workInDirectory({ "own.ts": text.replace("OUTSIDE", basename(outside())) });
    expect(() => findCode("own.ts", "PLACE")).toThrow(message);
  });
});
