import { describe, expect, it } from "vitest";
import type { RoleName } from "../../nodes/roles.ts";
import { idDigest, type IndexedAnswer } from "../journal/answer-index.ts";
import { chooseAnswer, type ChoiceContext } from "./choose-answer.ts";

type Given = Partial<Omit<IndexedAnswer, "id">> & { readonly id?: string };

const answer = ({ id, row = 1, ...parts }: Given = {}): IndexedAnswer => ({
  row,
  id: idDigest(id ?? String(row)),
  agent: "judge",
  part: "",
  inProcess: false,
  place: { offset: 0, length: 1 },
  ...parts,
});

const agent = (name: string, role: RoleName = "judge", model = "openai:m") => ({
  name,
  role,
  model,
});

type Asked = {
  readonly row?: number;
  readonly id?: string;
  readonly agent?: string;
  readonly part?: string;
};

/** Who is chosen among these, as `row agent part`. */
function chosen(
  answers: readonly IndexedAnswer[],
  call: Asked,
  changes: Partial<ChoiceContext> = {},
) {
  const { row = 1, id = String(row), agent: name = "judge", part = "" } = call;
  const context = {
    agents: [agent("judge")],
    recordedAgents: new Set(["judge"]),
    sameInput: false,
    isRepeat: () => false,
    ...changes,
  };
  const address = { row: { number: row, id }, agent: name, part, turn: 0 };
  const choices = [answers, answers.toReversed()].map((order) =>
    chooseAnswer(order, address, context),
  );
  expect(choices[0]).toEqual(choices[1]);
  const [choice] = choices;
  return choice == null ? null : `${choice.row} ${choice.agent} ${choice.part}`.trim();
}

describe("chooseAnswer", () => {
  it("prefers the row itself, then one of its id, then the first", () => {
    const rows = [answer({ row: 2 }), answer({ row: 5, id: "x" }), answer({ row: 7 })];
    expect(chosen(rows, { row: 7 })).toBe("7 judge");
    expect(chosen(rows, { row: 3, id: "x" })).toBe("5 judge");
    expect(chosen(rows, { row: 3, id: "y" })).toBe("2 judge");
    expect(chosen([], {})).toBeNull();
  });

  it("takes nothing from other rows of the same input, nor for a row that repeats another", () => {
    const rows = [answer({ row: 2 })];
    expect(chosen(rows, { row: 3 }, { sameInput: true })).toBeNull();
    expect(chosen(rows, { row: 2 }, { sameInput: true })).toBe("2 judge");
    expect(chosen(rows, { row: 3 }, { isRepeat: (row) => row === 3 })).toBeNull();
    expect(chosen(rows, { row: 2 }, { isRepeat: () => true })).toBe("2 judge");
  });

  it("prefers the part itself", () => {
    const parts = [answer({ part: "round-3" }), answer({ part: "round-2" })];
    expect(chosen(parts, { part: "round-3" })).toBe("1 judge round-3");
    expect(chosen(parts, {})).toBe("1 judge round-2");
  });

  it("shares the answers of agents that are gone out among new ones of one role and model", () => {
    const context = {
      agents: [agent("x"), agent("y"), agent("z"), agent("writer", "generator"), agent("judge")],
      recordedAgents: new Set(["one", "two", "judge"]),
    };
    const answers = [answer({ agent: "two" }), answer({ agent: "one" }), answer()];
    expect(["x", "y", "z"].map((name) => chosen(answers, { agent: name }, context))).toEqual([
      "1 one",
      "1 two",
      null,
    ]);
    expect(chosen(answers, { agent: "judge" }, context)).toBe("1 judge");
    // The judge's own answer is the judge's, even where no other agent has one.
    expect(chosen([answer()], { agent: "x" }, context)).toBeNull();
  });

  it("takes what a model in the process said at the very address alone", () => {
    const said = [answer({ row: 2, part: "swapped", inProcess: true })];
    expect(chosen(said, { row: 2, part: "swapped" })).toBe("2 judge swapped");
    for (const other of [
      { row: 3, part: "swapped" },
      { row: 2 },
      { row: 2, id: "x", part: "swapped" },
    ]) {
      expect(chosen(said, other)).toBeNull();
    }
  });
});
