import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drawRecording } from "../../tests/recording/draw-recording.ts";
import { startCommand } from "../../tests/start-command.ts";
import { openWorkspace, type Workspace } from "../../tests/workspace.ts";

async function demo(space: Workspace) {
  const command = startCommand("demo", [], { directory: space.at() });
  const { code } = await command.ended;
  return { code, ...command.printed };
}

describe("the demo", () => {
  it("runs anywhere without a key, shows a pair, and does nothing the second time", async () => {
    const space = openWorkspace();
    const first = await demo(space);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^A feedback loop over 24 prompts\. The answers are recorded/);
    expect(first.stdout).toContain("no model is asked, nothing is sent");
    for (const name of ["dpo.jsonl", "kto.parquet", "README.md", "run.json"]) {
      expect(first.stdout).toContain(`out/demo/${name}`);
    }
    expect(first.stdout).toMatch(/── prompt ─+\n.+── chosen ─+\n.+── rejected ─+\n/s);
    expect(first.stdout).toMatch(
      /\nIt made \d+ preference pairs; .+\nRound \d is best most often: .+\nRound 2 beat .+; round 3 in .+\n\n/,
    );
    expect(first.stdout).toContain("\nNext, open out/demo/report.html in a browser, or:\n");
    expect(first.stdout).toContain("fellowship generate feedback-loop");
    expect(first.stderr).toMatch(/^rows 24 done, 0 failed/m);

    const outputs = space.outputs("out", "demo");
    expect(space.json("out", "demo", "summary.json")).toMatchObject({ rows: 24, done: 24 });
    expect(outputs["rows.jsonl"]).not.toContain('"replay:/');
    const second = await demo(space);
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    expect(second.stderr).toMatch(/^rows 24 done, 0 failed · 0 calls/m);
    expect(space.outputs("out", "demo")).toEqual(outputs);
    // The recording of the README: npm run docs:recording draws it.
    expect(readFileSync("docs/recordings/demo.svg", "utf8")).toBe(
      drawRecording("npx fellowship demo", first.stdout),
    );
  });
});
