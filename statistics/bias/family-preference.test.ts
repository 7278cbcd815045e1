import { describe, expect, it } from "vitest";
import type { Winner } from "../../state/verdict.ts";
import { wilsonInterval } from "../estimates/wilson.ts";
import { familyPreference, type FamilyReading } from "./family-preference.ts";

const reading = (
  judge: string,
  a: string | null,
  b: string | undefined,
  winner: Winner,
): FamilyReading => ({ judge, models: { a, b }, winner });

describe("familyPreference", () => {
  it("counts wins of the judge's own family where one response is of it", () => {
    const preference = familyPreference([
      reading("openai:gpt-4o", "vicuna-13b", "gpt-3.5-turbo", "b"),
      reading("openai:gpt-4o", "chatgpt", "gemma-2-9b", "a"),
      reading("google:gemma-2-27b-it", "chatgpt", "gemma-2-9b", "a"),
      reading("openai:gpt-4o", "vicuna-13b", "gpt-3.5-turbo", "tie"),
      reading("openai:gpt-4o", "vicuna-13b", "gpt-3.5-turbo", "none"),
    ]);
    expect(preference).toEqual({
      own: wilsonInterval(2, 3),
      rows: 3,
      ownWins: 2,
      otherWins: 1,
      ties: 1,
      none: 1,
      notApplicable: 0,
    });
  });

  it("says nothing of pairs that don't name models, or where both or neither are of the family", () => {
    const preference = familyPreference([
      reading("gpt-4o", null, undefined, "a"),
      reading("gpt-4o", "gpt-4", "unheard-of", "a"),
      reading("gpt-4o", "gpt-4", "o1-mini", "a"),
      reading("gpt-4o", "claude-3", "gemma-2-9b", "b"),
      reading("unheard-of", "gpt-4", "claude-3", "b"),
    ]);
    expect(preference).toMatchObject({ own: null, ownWins: 0, otherWins: 0, notApplicable: 5 });
  });
});
