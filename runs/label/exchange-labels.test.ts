import { describe, expect, it } from "vitest";
import { runScript } from "../../tests/run-script.ts";
import { openWorkspace, type Written } from "../../tests/workspace.ts";

const rows = Array.from({ length: 30 }, (_, index) => ({
  id: `gpt-${index + 1}`,
  prompt: `Name river ${index + 1}.`,
  a: { text: `Left ${index + 1}`, model: "gpt-4" },
  b: { text: `Right ${index + 1}`, model: "llama" },
}));

/** What each tool's own export makes of a task that three people answered. */
const exports: Record<string, (task: Written, answer: (side: string) => string) => object> = {
  argilla: (task, answer) => ({
    ...task,
    metadata: {},
    suggestions: {},
    responses: {
      better: [
        { value: answer("Left"), user_id: "ann" },
        { value: "tie", user_id: "bob" },
        { value: "a", user_id: "eve", status: "discarded" },
      ],
    },
    vectors: {},
    status: "completed",
  }),
  "label-studio": (task, answer) => ({
    id: 7,
    ...task,
    annotations: [
      {
        id: 1,
        completed_by: { id: 3, email: "ann" },
        was_cancelled: false,
        result: [
          {
            from_name: "better",
            to_name: "prompt",
            type: "choices",
            value: { choices: [answer("Left")] },
          },
        ],
      },
      { completed_by: "bob", was_cancelled: false, result: [{ value: { choices: ["tie"] } }] },
      { completed_by: 9, was_cancelled: true, result: [{ value: { selected: "left" } }] },
    ],
    predictions: [],
  }),
};

describe.each(Object.keys(exports))("label with %s", (tool) => {
  it("writes blind tasks, and reads the answers back to the right responses", async () => {
    const space = openWorkspace();
    const pairs = space.write("pairs.jsonl", rows);
    const [tasks, labels] = [space.at("tasks.json"), space.at("labels.jsonl")];
    const written = await runScript("label", [pairs, "--to", tool, "--file", tasks]);
    expect(written).toMatchObject({ code: 0, stdout: `${tasks}: 30 tasks\n` });
    expect(space.text("tasks.json")).not.toMatch(/gpt|llama/);
    const shown = space.json("tasks.json").map((task: Written) => task.fields ?? task.data);
    const left = shown.filter(({ a }: Written) => a.startsWith("Left")).length;
    expect(left).toBeGreaterThan(5);
    expect(left).toBeLessThan(25);

    const answered = space.json("tasks.json").map((task: Written) => {
      const { a } = task.fields ?? task.data;
      return exports[tool]?.(task, (side) => (a.startsWith(side) ? "a" : "b"));
    });
    const exported = space.write("exported.json", JSON.stringify(answered.slice(0, 20)));
    const read = await runScript("label", [
      pairs,
      "--from",
      tool,
      "--file",
      exported,
      "--out",
      labels,
    ]);
    expect(read).toMatchObject({
      code: 0,
      stdout: `${labels}: 20 pairs with labels of ann, bob\n`,
    });
    const lines = space.lines("labels.jsonl");
    expect(lines).toMatchObject(rows);
    const labelled = lines.filter((line: Written) => line.labels !== undefined);
    expect(labelled).toHaveLength(20);
    for (const line of labelled) {
      expect(line).toMatchObject({ labels: { ann: "a", bob: "tie" }, drawn: "random" });
      expect(line.labels.eve).toBeUndefined();
    }
    const again = await runScript("label", [
      pairs,
      "--from",
      tool,
      "--file",
      exported,
      "--out",
      labels,
    ]);
    expect(again.code).toBe(2);
    const other = space.write("other.jsonl", rows.slice(1));
    const foreign = await runScript("label", [
      other,
      "--from",
      tool,
      "--file",
      exported,
      "--out",
      space.at("none.jsonl"),
    ]);
    expect(foreign).toMatchObject({ code: 2 });
    expect(foreign.stderr).toContain("found none about these pairs (40 about others)");
  });
});
