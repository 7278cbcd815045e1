/**
 * Packs the package, installs it into an empty folder with npm, and uses it there: the demo, the
 * help of every command, a folder of init's, a strict TypeScript consumer. `npm run package`; CI
 * runs it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../../scripts/commands.ts";
import { project } from "../script-arguments.ts";

const directory = mkdtempSync(join(tmpdir(), "fellowship-package-"));

function run(file: string, argv: readonly string[], cwd = directory): string {
  const environment = { ...process.env, LANGSMITH_TRACING: "false" };
  return execFileSync(file, argv, { cwd, env: environment, encoding: "utf8", stdio: "pipe" });
}

function fellowship(...argv: readonly string[]): string {
  return run(process.execPath, [
    join("node_modules", "fellowship", "bin", "fellowship.js"),
    ...argv,
  ]);
}

function check(name: string, isRight: boolean): void {
  if (!isRight) throw new Error(`The installed package: ${name} is not as expected.`);
  process.stdout.write(`✔ ${name}\n`);
}

try {
  const { devDependencies, version } = JSON.parse(
    readFileSync(join(project, "package.json"), "utf8"),
  ) as { devDependencies: Record<string, string>; version: string };
  run("npm", ["pack", "--pack-destination", directory], project);
  writeFileSync(join(directory, "package.json"), '{ "private": true, "type": "module" }\n');
  const compiler = ["typescript", "@types/node"].map((name) => `${name}@${devDependencies[name]}`);
  const tarball = `./fellowship-${version}.tgz`;
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund"];
  run("npm", ["install", ...quiet, tarball, ...compiler]);
  check("--version", fellowship("--version") === `${version}\n`);
  for (const { name } of commands) {
    check(`${name} --help`, fellowship(name, "--help").startsWith(`Usage: fellowship ${name}`));
  }
  check("demo", /24 prompts[^]*made \d+ preference pairs/.test(fellowship("demo")));
  fellowship("init", "mine", "--preset", "jury");
  const pairs = ["--input", "mine/pairs.jsonl", "--out", "out/jury", "--model", "sim:oak"];
  check(
    "init and evaluate",
    fellowship("evaluate", "mine/jury.yaml", ...pairs).includes("win rate"),
  );
  copyFileSync(join(import.meta.dirname, "consumer.ts"), join(directory, "consumer.ts"));
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const) {
    const settings = ["--strict", "--target", "es2023", "--types", "node", "--outDir", "built"];
    const resolved = ["--module", module, "--moduleResolution", resolution];
    run("npx", ["tsc", ...settings, ...resolved, "consumer.ts"]);
    check(`strict TypeScript, ${resolution}`, true);
  }
  check("consumer", run(process.execPath, ["built/consumer.js"]) === "critic complete\n");
} catch (error) {
  const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
  process.stderr.write(`${stdout}${stderr}`);
  throw error;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
