import { describe, expect, it } from "vitest";
import { datasetCard, type CardFacts } from "./dataset-card.ts";

const file = (name: string, lines: number) => ({ name, lines, bytes: 1, sha256: "0" });

const facts: CardFacts = {
  kind: "preference",
  command: "fellowship generate",
  topology: { graph: "feedback-loop" },
  drawing: "graph TD;",
  agents: [{ name: "judge", role: "judge", model: "openai:gpt-4o" }],
  judges: 1,
  prompts: { generator: "abc" },
  inputIdentity: "def",
  counts: { rows: 3, done: 3, failed: 0, pending: 0 },
  figures: [["pairs", "2"]],
  data: [{ name: "dpo", holds: "pairs" }],
  files: [file("rows.jsonl", 3), file("dpo.jsonl", 2), file("dpo.parquet", 2)],
};

describe("datasetCard", () => {
  it("tells of preference data what was asked, decided and written", () => {
    const card = datasetCard(facts);
    expect(card).toContain("tags: [preference, dpo, kto, synthetic]");
    expect(card).toContain("  - config_name: dpo\n    data_files: dpo.parquet\n    default: true");
    expect(card).toContain("# Preference data from a feedback-loop graph");
    expect(card).toContain("Written by `fellowship generate` from 3 prompts.");
    expect(card).toContain("- One judge decided;");
    expect(card).not.toContain("rows failed and");
  });

  it("tells of improved instruction data how to load them, and what failed", () => {
    const card = datasetCard({
      ...facts,
      kind: "evolution",
      command: "fellowship evolve",
      topology: { graph: "coevol" },
      agents: [{ name: "editor", role: "editor", model: "sim:oak" }],
      counts: { rows: 3, done: 2, failed: 1, pending: 0 },
      data: [{ name: "evolved", holds: "the input" }, ...facts.data],
      files: [file("evolved.json", 3), ...facts.files],
    });
    expect(card).toContain(
      "  - config_name: evolved\n    data_files: evolved.json\n    default: true\n" +
        "  - config_name: dpo\n    data_files: dpo.jsonl\n---",
    );
    expect(card).toContain('pretty_name: "Instruction data, improved by a coevol graph"');
    expect(card).toContain('task_categories: [text-generation]\nsize_categories: ["n<1K"]');
    expect(card).toContain("# Instruction data, improved by a coevol graph");
    expect(card).toContain("from 3 rows of instruction data");
    expect(card).toContain('evolved = load_dataset(".", "evolved", split="train")');
    expect(card).toContain("they come from no language model");
    expect(card).toContain("- 1 row failed and 0 are pending");
    expect(card).not.toContain("kto");
  });

  it("names no empty file as loadable, and says which it is", () => {
    const files = [file("dpo.jsonl", 0), file("dpo.parquet", 0)];
    const card = datasetCard({ ...facts, files });
    expect(card).not.toContain("config_name");
    expect(card).toContain("| `dpo.parquet` | none | pairs |");
    expect(card).toContain("There is nothing to load");
  });

  it("says in how many lines chosen and rejected answer different prompts", () => {
    expect(datasetCard({ ...facts, otherPrompts: { dpo: 1 } })).toContain(
      "- In `dpo.parquet` chosen and rejected answer different prompts in 1 of 2 lines",
    );
  });

  it.each([
    [0, "n<1K"],
    [999, "n<1K"],
    [1000, "1K<n<10K"],
    [123_456, "100K<n<1M"],
    [2e12, "n>1T"],
  ])("puts %i rows into the Hub's category %s", (rows, category) => {
    const card = datasetCard({ ...facts, files: [file("dpo.jsonl", rows)] });
    expect(card).toContain(`size_categories: ["${category}"]`);
  });

  it("lets no name break out of its cell", () => {
    const agents = [{ name: "a|b\n<c>", role: "judge", model: "x`y" }];
    expect(datasetCard({ ...facts, agents })).toContain("| a\\|b &lt;c> | judge | `x'y` |");
  });
});
