import { statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { findFile } from "../../state/files/find-file.ts";
import { packageRoot, shippedRoot } from "../../state/package-root.ts";
import { isTree } from "./parse-yaml.ts";

/**
 * Turns the files that a topology names as `prompt:` and in `model: replay:FILE` into paths from
 * the working directory. A path is looked up next to the file that names it, then in the working
 * directory, then in the package; the bare name of a prompt also in a folder `prompts` there. The
 * name of a prompt that the package ships stays as it is.
 *
 * @param namedIn The topology file; undefined for the command line.
 */
export function resolveFiles(tree: unknown, namedIn?: string): void {
  if (typeof tree !== "object" || tree === null) return;
  for (const [key, value] of Object.entries(tree)) {
    // Their keys are the server's and those of a JSON Schema.
    if (key === "params" || key === "json") continue;
    if (typeof value !== "string" || !isTree(tree)) resolveFiles(value, namedIn);
    else if (key === "prompt") tree[key] = resolvePrompt(value, namedIn);
    else if (key === "model") tree[key] = resolveCassette(value, namedIn);
  }
}

/**
 * A cassette in the working directory or in the package keeps its name, under which it is found
 * again.
 */
function resolveCassette(spec: string, namedIn: string | undefined): string {
  const name = /^replay:(.+)$/s.exec(spec)?.[1];
  if (name === undefined || namedIn === undefined || isAbsolute(name)) return spec;
  const beside = join(dirname(namedIn), name);
  return isFile(beside) ? `replay:${relative(process.cwd(), beside).split(sep).join("/")}` : spec;
}

const shippedPrompts = join(packageRoot, "prompts");

function resolvePrompt(name: string, namedIn: string | undefined): string {
  if (/[\\/]/.test(name)) return fromHere(findFile(name, { namedIn }));
  const file = `${name.replace(/\.md$/, "")}.md`;
  for (const folder of foldersOf(namedIn)) {
    for (const path of [join(folder, file), join(folder, "prompts", file)]) {
      // In a checkout the working directory holds the prompts that the package ships.
      if (isFile(path) && dirname(resolve(path)) !== shippedPrompts) return fromHere(path);
    }
  }
  return name;
}

/** A preset means the package's own prompts, whatever the working directory holds. */
function foldersOf(namedIn: string | undefined): string[] {
  const here = process.cwd();
  if (namedIn === undefined) return [here];
  const folder = dirname(namedIn);
  const isPreset = relative(join(shippedRoot, "topologies"), folder).split(sep)[0] !== "..";
  return isPreset ? [] : [folder, here];
}

/** With `./` or `../` at the start, which distinguishes a path from a bare name. */
function fromHere(path: string): string {
  const named = relative(process.cwd(), path);
  if (isAbsolute(named)) return named;
  const parts = named.split(sep);
  return parts[0] === ".." ? parts.join("/") : `./${parts.join("/")}`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
