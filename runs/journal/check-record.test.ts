import { describe, expect, it } from "vitest";
import { rowRecord } from "../directory/row-journal.ts";
import { callJournalRecord } from "./call-journal-record.ts";
import { recordChecker } from "./check-record.ts";

const place = { offset: 96, length: 10 };
const intent = {
  kind: "intent",
  row: 1,
  id: "1",
  agent: "judge",
  part: "",
  turn: 0,
  hash: "h",
  attempt: 1,
};
const body = { kind: "http", dialect: "openai", status: 200, body: "{}" };
const row = { row: 1, status: "done", result: { id: "1", transcript: [], verdict: null } };
const withResult = (changes: object) => ({ ...row, result: { ...row.result, ...changes } });

describe("a record whose checksum is right and whose shape is not", () => {
  it.each<[string, typeof callJournalRecord | typeof rowRecord, unknown]>([
    ["null", callJournalRecord, null],
    ["a list", callJournalRecord, [1, 2, 3]],
    ["a row that is a name", callJournalRecord, { ...intent, row: "__proto__" }],
    ["a body that is an object", callJournalRecord, { ...intent, answer: { ...body, body: {} } }],
    ["an answer without one", callJournalRecord, { ...intent, kind: "answer" }],
    ["a row beyond all rows", callJournalRecord, { ...intent, row: 2 ** 40 }],
    ["null for a row", rowRecord, null],
    ["a row without a result", rowRecord, { row: 1, status: "done", result: null }],
    ["a row below 1", rowRecord, { ...row, row: -4 }],
    ["a row without what its command makes", rowRecord, withResult({ verdict: undefined })],
    ["a row with a verdict of another shape", rowRecord, withResult({ verdict: { winner: "a" } })],
    ["a row with a call that is no call", rowRecord, withResult({ transcript: [{}] })],
    ["a row whose id is a number", rowRecord, { ...row, result: { ...row.result, id: 1 } }],
  ])("is damage, told with its number: %s", (_, schema, record) => {
    const check = recordChecker("journal.x", schema);
    const good = schema === rowRecord ? row : { ...intent, kind: "answer", answer: body };
    expect(check(good, place)).toMatchObject(good);
    expect(() => check(record, place)).toThrow(
      /^the journal journal\.x is damaged at byte 96: record 1 has another shape/,
    );
  });
});
