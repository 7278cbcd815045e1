import { describe, expect, it } from "vitest";
import type { PriceOf } from "../../models/cost/prices.ts";
import { openAiSpeaker, type AnswerParts } from "../../tests/loopback/speakers.ts";
import type { CallJournalRecord } from "../journal/call-journal-record.ts";
import { createPriorSpending } from "./prior-spending.ts";

const priceOf: PriceOf = (spec) => {
  if (spec === "sim:judge") return "free";
  return spec === "openai:m" ? { in: 1, out: 10 } : null;
};
const models = new Map([
  ["generator", "openai:m"],
  ["judge", "sim:judge"],
  ["stranger", "compatible:x"],
]);

type Parts = Partial<CallJournalRecord> & Pick<CallJournalRecord, "kind">;

/** Every send may cost 100 tokens in and 1,000 out, a cent and a bit. */
function record(parts: Parts): CallJournalRecord {
  const address = { row: 1, id: "1", agent: "generator", part: "", turn: 0 };
  return { ...address, hash: "h", attempt: 1, bound: { in: 100, out: 1_000 }, ...parts };
}

function answer(parts: AnswerParts = {}): Parts {
  const body = JSON.stringify(openAiSpeaker.answer(parts).body);
  return { kind: "answer", answer: { kind: "http", dialect: "openai", status: 200, body } };
}

function totalOf(...records: Parts[]) {
  const spent = createPriorSpending((agent) => models.get(agent), priceOf);
  for (const one of records) spent.read(record(one));
  return spent.total();
}

const intent: Parts = { kind: "intent" };
const worst = 0.0101;

describe("what a run spent before", () => {
  it("is what the providers counted of its answers", () => {
    expect(totalOf()).toEqual({ usd: 0, unknownUsd: 0, unpriced: 0 });
    expect(totalOf(intent, answer({ usage: { in: 60, out: 20 } }))).toEqual({
      usd: 0.00026,
      unknownUsd: 0,
      unpriced: 0,
    });
  });

  it.each<[string, Parts[], number]>([
    ["an answer without a count", [intent, answer({ usage: null })], worst],
    [
      "one that is no JSON",
      [
        intent,
        {
          kind: "answer",
          answer: { kind: "http", dialect: "openai", status: 200, body: "<html>" },
        },
      ],
      worst,
    ],
    ["a time-out", [intent, { kind: "gave-up", cost: "unknown" }], worst],
    ["an end that does not tell its cost", [intent, { kind: "gave-up" }], worst],
    ["a refusal", [intent, { kind: "gave-up", cost: "none" }], 0],
    ["an intent without an end", [intent], worst],
    ["two of them, of two sessions", [intent, intent], 2 * worst],
    [
      "three sends of a call",
      [
        intent,
        { kind: "gave-up", cost: "unknown" },
        { ...intent, attempt: 2 },
        { kind: "gave-up", attempt: 2, cost: "none" },
        { ...intent, attempt: 3 },
      ],
      2 * worst,
    ],
    [
      "calls side by side",
      [intent, { ...intent, part: "swapped" }, { ...intent, row: 2 }, { ...intent, turn: 1 }],
      4 * worst,
    ],
    ["an end whose intent was lost to damage", [{ kind: "gave-up", cost: "unknown" }], worst],
  ])("holds %s at the worst case, and surely free ones not", (_, records, unknownUsd) => {
    expect(totalOf(...records)).toEqual({ usd: 0, unknownUsd, unpriced: 0 });
  });

  it("leaves out what another run paid for, and keeps a send without an end", () => {
    const takenFrom = { directory: "other", plan: "0123456789abcdef" };
    const taken: Parts = { ...answer({ usage: { in: 60, out: 20 } }), attempt: 0, takenFrom };
    expect(totalOf(taken)).toEqual({ usd: 0, unknownUsd: 0, unpriced: 0 });
    expect(totalOf(intent, taken)).toEqual({ usd: 0, unknownUsd: worst, unpriced: 0 });
    expect(totalOf({ ...taken, agent: "stranger" })).toMatchObject({ unpriced: 0 });
  });

  it("is what was paid then, whatever the price is today", () => {
    const paid = { ...answer({ usage: { in: 60, out: 20 } }), usd: 3 };
    const dear = { ...intent, worstUsd: 4 };
    expect(totalOf(dear, paid)).toEqual({ usd: 3, unknownUsd: 0, unpriced: 0 });
    expect(totalOf(dear, answer({ usage: null }))).toMatchObject({ usd: 0, unknownUsd: 4 });
    expect(totalOf(dear)).toMatchObject({ usd: 0, unknownUsd: 4 });
    const stranger = { agent: "stranger" };
    expect(totalOf({ ...dear, ...stranger }, { ...paid, ...stranger })).toMatchObject({ usd: 3 });
    const free = { agent: "judge" };
    expect(totalOf({ ...dear, ...free }, { ...paid, ...free })).toMatchObject({ usd: 3 });
  });

  it("counts sends to models without a price, and leaves free ones out", () => {
    const stranger = { agent: "stranger" };
    expect(totalOf({ ...intent, ...stranger }, { ...answer(), ...stranger })).toEqual({
      usd: 0,
      unknownUsd: 0,
      unpriced: 1,
    });
    expect(totalOf({ ...intent, agent: "judge" })).toEqual({ usd: 0, unknownUsd: 0, unpriced: 0 });
  });
});
