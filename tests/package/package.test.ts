import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { withLoopbackServer } from "../loopback/loopback-server.ts";
import { project } from "../script-arguments.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

type Packed = { readonly filename: string; readonly files: readonly { readonly path: string }[] };

/** The tarball unpacked as an installed package, with its own dependencies and no others. */
function installPackage(): { directory: string; files: string[] } {
  const directory = temporaryDirectory();
  // The tests have compiled it; without scripts it has no declarations, which `npm run package`
  // checks.
  const argv = ["pack", "--ignore-scripts", "--json", "--pack-destination", directory];
  const printed = execFileSync("npm", argv, { cwd: project, encoding: "utf8", stdio: "pipe" });
  const [packed] = JSON.parse(printed) as Packed[];
  const modules = join(directory, "node_modules");
  mkdirSync(modules);
  execFileSync("tar", ["-xzf", join(directory, packed?.filename ?? ""), "-C", modules]);
  const installed = join(modules, "package");
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    const link = join(modules, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(project, "node_modules", name), link, "junction");
  }
  return { directory, files: (packed?.files ?? []).map(({ path }) => path) };
}

describe("the package", () => {
  it("holds what commands read, no tests, and runs with its dependencies alone", async () => {
    const { directory, files } = installPackage();
    for (const file of [
      "bin/fellowship.js",
      "dist/index.js",
      "dist/prompts/generator.md",
      "dist/topologies/judge.yaml",
      "dist/topologies/schema.json",
      "dist/models/prices.yaml",
      "dist/examples/demo/cassette.jsonl",
      "dist/langgraph.json",
    ]) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => /^dist\/tests\/|\.test\.|^(?!dist\/).*\.ts$/.test(file))).toEqual(
      [],
    );
    expect(files).not.toContain("bin/compile.js");
    const choices = [{ message: { role: "assistant", content: "Four." }, finish_reason: "stop" }];
    const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
    writeFileSync(join(directory, "prompts.jsonl"), '{"prompt":"2 + 2?"}\n{"prompt":"1 + 3?"}\n');
    await withLoopbackServer(
      () => ({ body: { choices, usage } }),
      async ({ url, requests }) => {
        const program = join(directory, "node_modules", "package", "bin", "fellowship.js");
        const argv = ["generate", "single", "--input", "prompts.jsonl", "--out", "out", "--quiet"];
        const child = spawn(process.execPath, [program, ...argv, "--model", "compatible:small"], {
          cwd: directory,
          env: { ...process.env, OPENAI_COMPATIBLE_BASE_URL: `${url}/v1` },
          stdio: ["ignore", "ignore", "inherit"],
        });
        const [code] = (await once(child, "close")) as [number];
        expect({ code, asked: requests.length }).toEqual({ code: 0, asked: 2 });
      },
    );
    const lines = readFileSync(join(directory, "out", "sft.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(lines).toHaveLength(2);
  });
});
