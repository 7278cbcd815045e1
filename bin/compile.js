/**
 * Compiles the project into `dist/`, a mirror of the folders: TypeScript becomes JavaScript, other
 * files are copied. Types are not checked here (`npm run types` does). A file is compiled again
 * when its size or one of its times changes, so that no command runs an edited source stale.
 */
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const output = join(root, "dist");
const stampsFile = join(output, ".stamps.json");

/**
 * Folders and files that commands and the project's own tests read, besides the folders of
 * layers.json.
 */
const further = ["examples", "tests", "index.ts", "langgraph.json", "layers.json"];
const leftOut = /^\.|\.test\.ts$|\.py$/;

/**
 * Compiles all files that changed since the last call, and removes the output of files that are
 * gone.
 */
export async function compileEdited() {
  const before = readStamps();
  /** @type {Record<string, string>} */
  const now = { "": stampOf(fileURLToPath(import.meta.url)), ...stampsOfSources() };
  const isSameCompiler = before[""] === now[""];
  const changed = Object.keys(now)
    .filter((path) => path !== "" && !(isSameCompiler && before[path] === now[path]))
    .sort();
  const gone = Object.keys(before).filter((path) => path !== "" && !(path in now));
  if (changed.length === 0 && gone.length === 0) return;
  for (const path of gone) {
    rmSync(join(output, isCompiled(path) ? compiledName(path) : path), { force: true });
  }
  await compile(changed.filter(isCompiled));
  for (const path of changed.filter((name) => !isCompiled(name))) copy(path);
  // Last, so that a compilation that was cut short is done again.
  writeWhole(stampsFile, JSON.stringify(now));
}

/**
 * Examples are a user's code: they stay as they are.
 *
 * @param {string} path
 */
function isCompiled(path) {
  return path.endsWith(".ts") && !path.startsWith("examples/");
}

/** @returns {Record<string, string>} */
function readStamps() {
  try {
    return JSON.parse(readFileSync(stampsFile, "utf8"));
  } catch {
    return {};
  }
}

function stampsOfSources() {
  const { layers } = JSON.parse(readFileSync(join(root, "layers.json"), "utf8"));
  /** @type {Record<string, string>} */
  const stamps = {};
  const pending = [...Object.keys(layers), ...further];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const folder = path;
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      const names = readdirSync(join(root, path)).filter((name) => !leftOut.test(name));
      pending.push(...names.map((name) => `${folder}/${name}`));
    } else if (stats?.isFile()) stamps[path] = stampText(stats);
  }
  return stamps;
}

/** @param {string} file */
function stampOf(file) {
  return stampText(statSync(file));
}

/**
 * The time of change (ctime) is there because a copy may keep the older time of modification.
 *
 * @param {import("node:fs").Stats} stats
 */
function stampText({ size, mtimeMs, ctimeMs }) {
  return `${size} ${mtimeMs} ${ctimeMs}`;
}

/**
 * With the compiler that tsx brings along, so that an install without development dependencies can
 * compile too.
 *
 * @param {readonly string[]} paths
 */
async function compile(paths) {
  if (paths.length === 0) return;
  const esbuild = createRequire(createRequire(import.meta.url).resolve("tsx"))("esbuild");
  const { outputFiles } = await esbuild.build({
    entryPoints: [...paths],
    absWorkingDir: root,
    outbase: root,
    outdir: output,
    bundle: true,
    treeShaking: false,
    format: "esm",
    platform: "node",
    target: "node20.19",
    charset: "utf8",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [{ name: "imports", setup: keepImports }],
    logLevel: "silent",
    write: false,
  });
  for (const { path, contents } of outputFiles) writeWhole(path, contents);
}

/**
 * No file goes into another: every import stays, under the name of the compiled file.
 *
 * @param {{ onResolve(options: object, resolve: (found: { path: string, kind: string }) => object |
 *   undefined): void }} build
 */
function keepImports(build) {
  build.onResolve({ filter: /./ }, ({ path, kind }) => {
    if (kind === "entry-point") return undefined;
    const isRelative = path.startsWith("./") || path.startsWith("../");
    return { path: isRelative ? compiledName(path) : path, external: true };
  });
}

/** @param {string} path */
function compiledName(path) {
  return path.replace(/(?<!\.d)\.ts$/, ".js");
}

/** @param {string} path */
function copy(path) {
  const target = join(output, path);
  if (path === "langgraph.json") {
    const text = readFileSync(join(root, path), "utf8");
    writeWhole(target, text.replaceAll(/\.ts(?=:)/g, ".js"));
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  copyFileSync(join(root, path), temporary);
  renameSync(temporary, target);
}

/**
 * Another command may be reading the file, or compiling it too.
 *
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
function writeWhole(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

if (
  process.argv[1] !== undefined &&
  realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)
) {
  if (process.argv.includes("--clean")) rmSync(output, { recursive: true, force: true });
  await compileEdited();
}
