import { describe, expect, it } from "vitest";
import type { RequestEntry } from "./server/request-log.ts";
import { boughtAgain } from "./served-checks.ts";

const answered: RequestEntry = {
  number: 1,
  time: 0,
  key: "key",
  attempt: 1,
  path: "/v1/chat/completions",
  model: "m",
  row: 1,
  form: "text",
  faultId: null,
  status: 200,
  generated: true,
  usage: { in: 1, out: 1 },
  replySha256: "",
  brokeHint: false,
  lastByteFlushed: true,
  clientClosedEarly: false,
  endedAfterMs: 1,
};
const again: RequestEntry = { ...answered, number: 2, attempt: 2 };

describe("an answer that is bought again", () => {
  it("is found where the first had arrived, malformed or not", () => {
    expect(boughtAgain([answered, again])).toHaveLength(1);
    expect(boughtAgain([{ ...answered, faultId: "malformed-json" }, again])).toHaveLength(1);
  });

  it("is none where the first was refused or broke off, or the question was another", () => {
    expect(boughtAgain([{ ...answered, generated: false, status: 500 }, again])).toEqual([]);
    expect(boughtAgain([{ ...answered, status: 504 }, again])).toEqual([]);
    expect(boughtAgain([{ ...answered, lastByteFlushed: false }, again])).toEqual([]);
    expect(boughtAgain([answered, { ...again, key: "other" }])).toEqual([]);
  });
});
