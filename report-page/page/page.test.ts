import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generate } from "../../runs/generate/generate.ts";
import { openWorkspace } from "../../tests/workspace.ts";

const topology = {
  graph: "feedback-loop",
  iterations: 2,
  agents: {
    generator: { model: "sim:oak?skill=0.5" },
    reviewers: [{ name: "reviewer", model: "sim:elm" }],
  },
  evaluator: { graph: "judge", agents: { judge: { model: "sim:judge" } } },
};

async function reportOf(prompts: readonly object[]) {
  const space = openWorkspace();
  space.write("loop.yaml", JSON.stringify(topology));
  space.write("prompts.jsonl", prompts);
  await generate(space.at("loop.yaml"), space.options("prompts.jsonl", "out"));
  return { space, text: space.text("out", "report.html") };
}

describe("report.html", () => {
  it("lets the browser run its own script and style alone, by their hashes", async () => {
    const { space, text } = await reportOf([{ prompt: "Why do cats purr?" }]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? "";
    const hashOf = (tag: string) => {
      const inner = text.split(`<${tag}>`)[1]?.split(`</${tag}>`)[0] ?? "";
      return `'sha256-${createHash("sha256").update(inner).digest("base64")}'`;
    };
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${hashOf("script")};`);
    expect(policy).toContain(`style-src ${hashOf("style")};`);
    expect(text).not.toMatch(/\s(?:src|href)="(?!#)/);
    const { files } = space.json("out", "run.json");
    expect(files.find(({ name }: { name: string }) => name === "report.html")).toMatchObject({
      bytes: Buffer.byteLength(text),
      sha256: createHash("sha256").update(text).digest("hex"),
    });
  });

  it("keeps texts texts", async () => {
    const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
    const { text } = await reportOf([{ id: hostile, prompt: hostile, category: hostile }]);
    expect(text).not.toContain("<script>alert");
    expect(text).not.toContain("<img");
    expect(text.match(/<\/script>/g)).toHaveLength(3);
  });
});
