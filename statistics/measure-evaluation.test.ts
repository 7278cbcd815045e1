import { describe, expect, it } from "vitest";
import type { Vote, Winner } from "../state/verdict.ts";
import type { EvaluatedRow } from "./evaluation-rows.ts";
import { measureEvaluation } from "./measure-evaluation.ts";

const vote = (winner: Winner, changes: Partial<Vote> = {}): Vote => ({
  agent: "judge",
  model: "openai:gpt-4o",
  winner,
  scores: null,
  parsed: true,
  ...changes,
});

const unread = (winner: Winner = "tie") => vote(winner, { parsed: false });

/** A row that one judge decided. */
const row = (winner: Winner, changes: Partial<EvaluatedRow> = {}): EvaluatedRow => ({
  winner,
  votes: [vote(winner)],
  lengths: { a: 10, b: 20 },
  models: { a: null, b: null },
  ...changes,
});

const measure = (rows: readonly EvaluatedRow[], ordered = true) =>
  measureEvaluation(rows, { ordered });

describe("measureEvaluation", () => {
  it("counts wins, and takes none for no win and no tie", () => {
    const { wins, winRate } = measure([row("a"), row("a"), row("b"), row("tie"), row("none")]);
    expect(wins).toEqual({ a: 2, b: 1, tie: 1, none: 1 });
    expect(winRate.a?.value).toBe(0.5);
    expect(winRate.b?.value).toBe(0.25);
  });

  it("tells a row without a readable vote from a row with one unreadable vote", () => {
    const { unreadable } = measure([
      row("a"),
      row("tie", { votes: [unread()] }),
      row("a", { votes: [vote("a"), unread()] }),
      row("none", { votes: [unread("none"), unread("none")] }),
    ]);
    expect(unreadable).toEqual({ verdicts: 2, votes: 4, lost: 0 });
  });

  it("takes a row without votes for read where it has a winner", () => {
    const { unreadable } = measure([
      row("a", { votes: [] }),
      row("tie", { votes: [] }),
      row("none", { votes: [] }),
    ]);
    expect(unreadable).toEqual({ verdicts: 1, votes: 0, lost: 0 });
  });

  it("estimates people's win rate and agreement from rows that were drawn at random alone", () => {
    const rows = [
      ...Array.from({ length: 4 }, () => row("a", { label: "a" })),
      ...Array.from({ length: 4 }, () => row("b", { label: "b", drawnAtRandom: false })),
      ...Array.from({ length: 40 }, () => row("b")),
    ];
    const { peopleWinRate, agreement } = measure(rows);
    expect(peopleWinRate).toMatchObject({ value: 1, labels: 4, rows: 48, method: "labels" });
    expect(agreement).toMatchObject({ n: 4, labelled: 4, chosen: 4 });
    const chosen = measure([row("a", { label: "a", drawnAtRandom: false }), row("b")]);
    expect(chosen.agreement).toMatchObject({ n: 0, labelled: 0, chosen: 1 });
    expect(chosen.agreement?.kappa.value).toBe(null);
    expect(measure([row("a"), row("b")])).not.toHaveProperty("peopleWinRate");
  });

  it("has no agreement without labels, and measures only the rows that have one", () => {
    expect(measure([row("a"), row("b")])).not.toHaveProperty("agreement");
    const { agreement } = measure([row("a", { label: "a" }), row("b")]);
    expect(agreement?.n).toBe(1);
    expect(agreement?.kappa).toMatchObject({ value: null, reason: "one_class" });
    expect(agreement?.accuracy.value).toBe(1);
  });

  it("says why where all labelled rows have no verdict", () => {
    const { agreement } = measure([row("none", { label: "a" }), row("none", { label: "b" })]);
    expect(agreement).toMatchObject({ n: 0, unreadable: 2, accuracy: { value: null } });
    expect(agreement?.kappa).toMatchObject({ value: null, reason: "no_rows" });
  });

  it("has no agreement among voters where there is one, though asked twice", () => {
    const votes = [vote("a"), vote("a", { part: "swapped" })];
    expect(measure([row("a", { votes })])).not.toHaveProperty("voters");
  });

  it("measures how far several voters agree, by what they said first and could be read", () => {
    const said = (first: Winner, second: Winner | null): EvaluatedRow =>
      row(first, {
        votes: [
          vote(first, { agent: "one" }),
          vote("tie", { agent: "one", part: "swapped" }),
          second === null ? { ...unread(), agent: "two" } : vote(second, { agent: "two" }),
        ],
      });
    const { voters } = measure([said("a", "a"), said("b", "b"), said("a", "a"), said("b", null)]);
    expect(voters).toMatchObject({ value: 1 });
    expect(measure([said("a", null)]).voters).toMatchObject({ value: null });
  });

  it("tells the winner's place from the part of its reading", () => {
    const swapped = (winner: Winner, part: string) => vote(winner, { part });
    const { bias } = measure([
      row("a", { votes: [vote("a"), swapped("a", "swapped")] }),
      row("b", { votes: [vote("b"), swapped("b", "turn-2.swapped")] }),
      row("tie", { votes: [unread()] }),
    ]);
    // Shown first: a, then b; b won once as second and once as first, a likewise.
    expect(bias.position?.counts).toEqual({ first: 2, second: 2, tie: 0, none: 0 });
    expect(bias.position?.shownFirst).toEqual({ a: 2, b: 2 });
    expect(measure([row("a")], false).bias.position).toBeNull();
  });

  it("counts judges that prefer their own family where exactly one response is of it", () => {
    const models = { a: "gpt-4o-mini", b: "gemma-2-9b-it" };
    const { bias } = measure([
      row("a", { models }),
      row("b", { models }),
      row("a", { models: { a: "gpt-4", b: "gpt-4o" } }),
      row("a"),
      row("tie", { models, votes: [unread()] }),
    ]);
    expect(bias.family).toMatchObject({ ownWins: 1, otherWins: 1, notApplicable: 2, ties: 0 });
  });

  it("sees a simulated judge's habit of preferring its own name", () => {
    const models = { a: "sim:willow?skill=0.4", b: "sim:oak" };
    const own = (winner: Winner) =>
      row(winner, { models, votes: [vote(winner, { model: "sim:willow?own=0.3" })] });
    const { bias } = measure([own("a"), own("a"), own("b")]);
    expect(bias.family).toMatchObject({ ownWins: 2, otherWins: 1, rows: 3, notApplicable: 0 });
  });

  it("takes the readings of a row for one piece of evidence", () => {
    const models = { a: "gpt-4o-mini", b: "gemma-2-9b-it" };
    const readings = (winner: Winner, times: number) =>
      row(winner, {
        models,
        votes: Array.from({ length: times }, (_, juror) => vote(winner, { agent: `${juror}` })),
      });
    const rowsOf = (times: number) =>
      Array.from({ length: 40 }, (_, index) => readings(index % 4 === 0 ? "b" : "a", times));
    const one = measure(rowsOf(1)).bias;
    const twelve = measure(rowsOf(12)).bias;
    expect(twelve.family).toMatchObject({ rows: 40, ownWins: 360 });
    expect(Math.abs(twelve.family.own!.low - one.family.own!.low)).toBeLessThan(0.01);
    const highs = [twelve, one].map(({ position }) => position!.first!.high);
    expect(Math.abs(highs[0]! - highs[1]!)).toBeLessThan(0.01);
  });

  it("counts prompts, and widens the win rate's interval where rows share one", () => {
    const rows = Array.from({ length: 60 }, (_, index) => row(index % 12 < 6 ? "a" : "b"));
    const shared = rows.map((one, index) => ({ ...one, prompt: `p${Math.floor(index / 6)}` }));
    expect(measure(rows).prompts).toBe(60);
    const clustered = measure(shared);
    expect(clustered.prompts).toBe(10);
    const width = ({ winRate }: typeof clustered) => winRate.a!.high - winRate.a!.low;
    expect(width(clustered)).toBeGreaterThan(1.8 * width(measure(rows)));
    const single = rows.map((one, index) => ({ ...one, prompt: `p${index}` }));
    expect(measure(single)).toEqual(measure(rows));
  });

  it("measures nothing at all without a figure that is no number", () => {
    const text = JSON.stringify(measure([]), (_, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? "NaN" : value,
    );
    expect(text).not.toContain("NaN");
    expect(measure([]).winRate).toEqual({ a: null, b: null });
    expect(measure([]).unreadable).toEqual({ verdicts: 0, votes: 0, lost: 0 });
  });
});
