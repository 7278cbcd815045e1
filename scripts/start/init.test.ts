import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScript } from "../../tests/run-script.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { presetNames } from "../../topologies/load/find-topology.ts";

describe("init", () => {
  it.each(presetNames())(
    "copies %s with its prompts and an input, and the copy runs",
    async (name) => {
      const directory = temporaryDirectory();
      const folder = join(directory, "mine");
      const end = await runScript("init", [folder, "--preset", name]);
      expect(end).toMatchObject({ code: 0, stderr: "" });
      const topology = readFileSync(join(folder, `${name}.yaml`), "utf8");
      const asksModels = topology.includes("model:");
      const prompts = asksModels ? readdirSync(join(folder, "prompts")) : [];
      if (asksModels) expect(topology).toContain(`prompt: ./prompts/${prompts[0]}`);
      // The first of the next steps is the trial without a key.
      const step = / fellowship (\w+) (\S+) --input (\S+) --out \S+(?: --model (\S+))?/.exec(
        end.stdout,
      );
      const [, command = "", file = "", input = "", model] = step ?? [];
      expect(model !== undefined).toBe(asksModels);
      const out = join(directory, "out");
      const argv = [join(folder, file), "--input", join(folder, input), "--out", out];
      const tried = await runScript(command, [
        ...argv,
        ...(model === undefined ? [] : ["--model", model]),
        "--limit",
        "2",
        "--quiet",
      ]);
      expect(tried.code).toBe(0);
      const manifest = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
      const used = Object.keys(manifest.prompts).map((path) => path.split("/mine/prompts/")[1]);
      expect(used).toEqual(expect.arrayContaining(prompts.map((prompt) => prompt.slice(0, -3))));
    },
  );

  it("refuses a folder that is not empty, a preset that is none, and no folder", async () => {
    const directory = temporaryDirectory({ "notes.txt": "mine" });
    const refused = await runScript("init", [directory]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("is not empty");
    const unknown = await runScript("init", [join(directory, "new"), "--preset", "jurry"]);
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toContain("Did you mean the preset jury?");
    expect((await runScript("init", [])).stderr).toContain("Expected one directory");
    expect(readdirSync(directory)).toEqual(["notes.txt"]);
  });

  it("writes into a folder that is not empty with --force, and leaves other files alone", async () => {
    const directory = temporaryDirectory({ "notes.txt": "mine" });
    writeFileSync(join(directory, "judge.yaml"), "old");
    expect((await runScript("init", [directory, "--preset", "judge", "--force"])).code).toBe(0);
    expect(readFileSync(join(directory, "judge.yaml"), "utf8")).toContain("graph: judge");
    expect(readFileSync(join(directory, "notes.txt"), "utf8")).toBe("mine");
  });
});
