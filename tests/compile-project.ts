import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { compiledVariable, project } from "./script-arguments.ts";

/** What no process of a test reads. */
const leftOut = /^(?:node_modules|docs|out|\..*)$|\.test\.ts$/;

/**
 * Compiles the project beside itself for the tests that start many processes, and takes it away after them: of two seconds that a
 * process takes to start, the compiler in it is more than half.
 */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-compiled-"));
  for (const path of filesIn(project, "")) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    if (path.endsWith(".ts")) writeFileSync(target.replace(/\.ts$/, ".js"), compiled(path));
    else cpSync(join(project, path), target);
  }
  symlinkSync(join(project, "node_modules"), join(directory, "node_modules"), "junction");
  process.env[compiledVariable] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

function filesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !leftOut.test(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(root, path) : [path];
    });
}

function compiled(path: string): string {
  const { outputText } = ts.transpileModule(readFileSync(join(project, path), "utf8"), {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  return outputText;
}
