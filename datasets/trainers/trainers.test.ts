import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "../../state/message.ts";
import { isSameText } from "../../state/same-text.ts";
import { toParquetShape } from "../write/parquet-schema.ts";
import { formatOf, problemOf, toLine } from "./trainer-format.ts";
import { trainers } from "./trainers.ts";
import { trainingKinds, type TrainingKind, type TrainingRecords } from "./training-record.ts";

const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const maybeBlank = fc.oneof(text, fc.constant(""), fc.constant(" \n"));

/** A conversation that ends with the user, with or without a system turn and earlier turns. */
const prompts = fc
  .record({
    system: fc.option(maybeBlank, { nil: undefined }),
    earlier: fc.array(fc.tuple(text, maybeBlank), { maxLength: 2 }),
    question: text,
  })
  .map(({ system, earlier, question }): Message[] => [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    ...earlier.flatMap(([user, assistant]): Message[] => [
      { role: "user", content: user },
      { role: "assistant", content: assistant },
    ]),
    { role: "user", content: question },
  ]);

const origin = fc.record({
  id: fc.string(),
  source: fc.record({ row: fc.integer({ min: 1, max: 1e6 }) }),
});
const pair = fc
  .tuple(origin, fc.record({ prompt: prompts, chosen: maybeBlank, rejected: maybeBlank }))
  .map(([place, rest]) => ({ ...place, ...rest }));
const ranked = pair.map((record) => ({
  ...record,
  ranking: [record.chosen, record.rejected].map((content, index) => ({
    rank: index + 1,
    content,
    agent: "oak",
    rating: 1 - index,
  })),
}));

const records: { readonly [Kind in TrainingKind]: fc.Arbitrary<TrainingRecords[Kind]> } = {
  dpo: pair,
  reward: fc
    .tuple(pair, fc.double({ min: 0, max: 9, noNaN: true }))
    .map(([record, margin]) => ({ ...record, margin })),
  ranking: ranked,
  kto: fc
    .tuple(origin, fc.record({ prompt: prompts, completion: maybeBlank, label: fc.boolean() }))
    .map(([place, rest]) => ({ ...place, ...rest })),
  sft: fc.tuple(origin, prompts, maybeBlank).map(([place, prompt, content]) => ({
    ...place,
    messages: [...prompt, { role: "assistant", content }],
  })),
};

/** All texts of a value, wherever they are. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const formats = trainers.flatMap((trainer) =>
  trainingKinds.flatMap((kind) =>
    typeof trainer.formats[kind] === "string" ? [] : [{ trainer, kind, name: trainer.name }],
  ),
);

/** What a record may be refused for, by whatever trainer. */
const reasons = ["same_text", "several_turns", "empty_response"];

describe.each(formats)("$kind for $name", ({ trainer, kind }) => {
  const format = formatOf(trainer, kind);

  it("writes lines that its validator takes, that hold every text and lead back to the row", () => {
    fc.assert(
      fc.property(records[kind], (record) => {
        const outcome = toLine(format, record);
        if ("problem" in outcome) {
          expect(reasons).toContain(outcome.problem.reason);
          return;
        }
        const { line } = outcome;
        expect(problemOf(format, JSON.parse(JSON.stringify(line)))).toBeUndefined();
        expect(line).toMatchObject({ id: record.id, source: record.source });
        const { id: _id, source: _source, ...content } = record;
        const written = textsIn(line);
        for (const one of textsIn(content)) {
          // What the fields of a message say in words, a shape may say by its own fields.
          if (!["system", "user", "assistant"].includes(one)) expect(written).toContain(one);
        }
        if ("rejected" in record) {
          expect(isSameText(record.chosen, record.rejected)).toBe(false);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("has columns of Parquet, and a file for the trainer that names the data files", () => {
    expect(toParquetShape(format.schema).columns).toContain("source");
    const companion = format.companion({ train: "my data.jsonl", test: "my data.test.jsonl" });
    expect(companion.name).toMatch(/^(?:my data\.|dataset_info\.json$)/);
    const content = companion.textOf(null);
    expect(content).toContain("my data.jsonl");
    expect(content).toContain("my data.test.jsonl");
    expect(companion.textOf(null)).toBe(content);
  });

  it("takes no line whose prompt is missing, or whose turns are out of order", () => {
    const prompt: Message[] = [{ role: "user", content: "Why?" }];
    const answers = { chosen: "Yes.", rejected: "No.", completion: "Yes.", label: true };
    const ranking = [1, 2].map((rank) => ({ rank, content: `${rank}`, agent: "oak", rating: 1 }));
    const messages: Message[] = [...prompt, { role: "assistant", content: "Yes." }];
    const place = { id: "1", source: { row: 1 }, ranking };
    const good = { ...place, ...answers, prompt, messages };
    const { line } = toLine(format, good) as { line: Record<string, unknown> };
    expect(line).toBeDefined();
    for (const field of ["prompt", "messages", "context", "completion", "input"]) {
      if (!(field in line)) continue;
      const { [field]: _, ...rest } = line;
      expect(problemOf(format, rest)?.reason).toBe("wrong_shape");
      if (field === "input" || (field === "completion" && "prompt" in line)) continue;
      const swapped = [{ role: "assistant", content: "Yes." }, ...prompt];
      const broken = problemOf(format, { ...line, [field]: [...swapped, ...prompt] });
      expect(broken?.reason).toBe("turns_out_of_order");
    }
  });
});

it("names each trainer once, and says in a sentence what one can't train on", () => {
  expect(new Set(trainers.map(({ name }) => name)).size).toBe(trainers.length);
  for (const trainer of trainers) {
    for (const kind of trainingKinds) {
      if (typeof trainer.formats[kind] !== "string") continue;
      expect(() => formatOf(trainer, kind)).toThrow(/Use --kind \w+, or --to \w+\.$/);
    }
  }
});
