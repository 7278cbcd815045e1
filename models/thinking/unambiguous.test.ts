import { describe, expect, it } from "vitest";
import { unambiguous } from "./unambiguous.ts";

const answered = (content: string) => ({ outcome: "answered" as const, content });

describe("unambiguous", () => {
  it.each(["The user asks.</think>391", "Do not.\n</think>\nDo.", "Hm.\n</think>\n\n391"])(
    "takes no text with only the end of thinking: %j",
    (text) => {
      const read = unambiguous(answered(text));
      expect(read).toMatchObject({ outcome: "bad_response", content: text });
    },
  );

  it.each(["391", "It is `</think>`.", "Between <think> and </think>."])("takes %j", (text) => {
    expect(unambiguous(answered(text))).toEqual(answered(text));
  });

  it("leaves other outcomes as they are", () => {
    const cut = { outcome: "cut_at_length" as const, content: "Hm.</think>3" };
    expect(unambiguous(cut)).toBe(cut);
  });
});
