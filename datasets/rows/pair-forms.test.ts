import { describe, expect, it } from "vitest";
import { toPairRow } from "./pair-row.ts";

const read = (value: unknown) => {
  const result = toPairRow({ number: 1, place: "line 1", value });
  if (!result.ok) throw new Error(result.detail);
  const { messages, a, b, label } = result.row;
  return { prompt: messages.at(-1)?.content, a: a.text, b: b.text, label };
};

const asked = [{ role: "user", content: "Plan a walk." }];
const says = (content: string) => [{ role: "assistant", content }];
const pair = { prompt: "Plan a walk.", a: "South.", b: "North.", label: "a" };

describe("toPairFields", () => {
  it.each([
    ["plain texts", { prompt: "Plan a walk.", a: "South.", b: "North.", label: "a" }],
    ["chosen and rejected texts", { prompt: "Plan a walk.", chosen: "South.", rejected: "North." }],
    [
      "transcripts",
      {
        chosen: "\n\nHuman: Plan a walk.\n\nAssistant: South.",
        rejected: "\n\nHuman: Plan a walk.\n\nAssistant: North.",
      },
    ],
    [
      "our own dpo.jsonl",
      { prompt: asked, chosen: says("South."), rejected: says("North."), score_margin: 2 },
    ],
    [
      "conversations beside a prompt and messages",
      {
        prompt: "Plan a walk.",
        messages: [...asked, ...says("South.")],
        chosen: [...asked, ...says("South.")],
        rejected: [...asked, ...says("North.")],
      },
    ],
    [
      "conversations alone",
      { chosen: [...asked, ...says("South.")], rejected: [...asked, ...says("North.")] },
    ],
    [
      "a judgment",
      {
        model_a: "one",
        model_b: "two",
        winner: "model_a",
        conversation_a: [...asked, ...says("South.")],
        conversation_b: [...asked, ...says("North.")],
      },
    ],
  ])("reads %s", (_, row) => {
    expect(read(row)).toEqual(pair);
  });

  it("keeps a judgment's models, and its tie", () => {
    const result = toPairRow({
      number: 1,
      place: "line 1",
      value: {
        model_a: "one",
        model_b: "two",
        winner: "tie (inconsistent)",
        conversation_a: [...asked, ...says("South.")],
        conversation_b: [...asked, ...says("North.")],
      },
    });
    expect(result).toMatchObject({
      row: { a: { model: "one" }, b: { model: "two" }, label: "tie" },
    });
  });

  it("prefers a and b where a row has both forms", () => {
    expect(read({ ...pair, label: "b", chosen: "x", rejected: "y" }).label).toBe("b");
  });
});
