import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { CallJournalRecord } from "./call-journal-record.ts";
import { createAnswerIndex, idDigest } from "./answer-index.ts";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

function record(parts: Partial<CallJournalRecord>): CallJournalRecord {
  const address = { row: 1, id: "1", agent: "judge", part: "", turn: 0 };
  const answer = { kind: "http", dialect: "openai", status: 200, body: "{}" } as const;
  return { kind: "answer", ...address, hash: hashOf("?"), attempt: 1, answer, ...parts };
}

describe("createAnswerIndex", () => {
  it("finds what was asked as that turn, of two at one address the latest, through all its growth", () => {
    const index = createAnswerIndex();
    // Past four gigabytes, as journals go.
    const placeOf = (answer: number) => ({ offset: 6e9 + answer * 100, length: 100 });
    for (let answer = 0; answer < 5_000; answer += 1) {
      const parts = { row: answer, id: `id-${answer}`, turn: answer % 3 };
      index.add(record({ ...parts, hash: hashOf(`question ${answer % 2_500}`) }), placeOf(answer));
    }
    for (const question of [0, 1, 1_234, 2_499]) {
      const found = [question, question + 2_500].flatMap((answer) =>
        index.find(hashOf(`question ${question}`), answer % 3).map(({ row }) => row),
      );
      expect(found.toSorted((one, other) => one - other)).toEqual([question, question + 2_500]);
      expect(index.find(hashOf(`question ${question}`), question % 3)).toEqual([
        {
          row: question,
          id: idDigest(`id-${question}`),
          agent: "judge",
          part: "",
          inProcess: false,
          place: placeOf(question),
        },
      ]);
    }
    expect(index.find(hashOf("question 1"), 7)).toEqual([]);
    expect(index.find(hashOf("never"), 0)).toEqual([]);
    index.add(record({ row: 4, id: "id-4", turn: 1, hash: hashOf("question 4") }), placeOf(9_999));
    expect(index.find(hashOf("question 4"), 1).map(({ place }) => place)).toEqual([placeOf(9_999)]);
  });

  it("tells apart who answered, and in which part", () => {
    const index = createAnswerIndex();
    const place = { offset: 0, length: 1 };
    const inProcess = { kind: "in-process", content: "", finish: null, tokens: null } as const;
    index.add(record({ agent: "one" }), place);
    index.add(record({ agent: "one", part: "swapped" }), place);
    index.add(record({ agent: "two", answer: inProcess }), place);
    const found = index.find(hashOf("?"), 0);
    expect(
      found.map(({ agent, part, inProcess: own }) => `${agent} ${part} ${own}`).sort(),
    ).toEqual(["one  false", "one swapped false", "two  true"]);
    expect([...index.agents]).toEqual(["one", "two"]);
  });
});
