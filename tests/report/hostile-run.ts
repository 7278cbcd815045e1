import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostileStrings } from "./hostile-strings.ts";

/**
 * Writes the files of a run of a feedback loop in which every text that a model, a data set or a
 * file may choose is hostile: a row for each of the strings, and failed rows.
 */
export function writeHostileRun(directory: string): void {
  const write = (name: string, lines: readonly unknown[]) =>
    writeFileSync(join(directory, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const rows = hostileStrings.length;
  write(
    "rows.jsonl",
    hostileStrings.map((text, index) => hostileRow(text, index + 1)),
  );
  write(
    "dpo.jsonl",
    hostileStrings.map((text, index) => ({
      id: text,
      prompt: [{ role: "user", content: text }],
      chosen: [{ role: "assistant", content: `${text} better` }],
      rejected: [{ role: "assistant", content: text }],
      source: { row: index + 1, round: 2, chosen_round: 2, rejected_round: 1 },
    })),
  );
  write(
    "failed.jsonl",
    hostileStrings
      .slice(0, 20)
      .map((text, index) => ({ id: text, row: rows + index + 1, reason: text, detail: text })),
  );
  const [first = ""] = hostileStrings;
  const counts = { rows: rows + 20, done: rows, failed: 20, pending: 0, calls: rows * 4 };
  const tokens = { in: rows, out: rows, unknown: 0 };
  const cost = { usd: 0, unknown: 0 };
  write("summary.json", [
    {
      ...counts,
      tokens,
      cost,
      pairs: rows,
      ties: 0,
      failures: Object.fromEntries(hostileStrings.slice(0, 20).map((text) => [text, 1])),
      bestRound: { [first]: rows, "2": 1 },
    },
  ]);
  write("run.json", [
    {
      fellowship: first,
      command: "generate",
      topology: { graph: first, agents: { [first]: { model: first } } },
      agents: [{ name: first, role: first, model: first }],
      prompts: { [first]: first },
      code: { [first]: first },
      input: { path: first, sha256: first },
      ...counts,
      tokens,
      cost,
      seconds: 1,
      versions: { node: first },
      files: [],
    },
  ]);
}

function hostileRow(text: string, row: number) {
  const call = { model: text, outcome: "answered", finish: text, tokens: { in: 1, out: 1 } };
  const vote = { agent: text, model: text, part: "round-2", winner: "b", scores: { a: 1, b: 9 } };
  return {
    id: text,
    row,
    input: { id: text, prompt: text, [text]: text, category: row % 2 === 0 ? text : "plain" },
    responses: [
      { round: 1, text, agent: text, scores: { [text]: 3 } },
      { round: 2, text: `${text} better`, agent: text, suggestions: [text] },
    ],
    best: 2,
    verdicts: [
      {
        round: 2,
        part: "round-2",
        a: { round: 1 },
        b: { round: 2 },
        winner: "b",
        scores: { a: 1, b: 9 },
        votes: [{ ...vote, parsed: true }],
        won: { round: 2 },
      },
    ],
    reviews: [{ reviewer: text, round: 1, text: `${text} review`, score: 3 }],
    transcript: [
      { agent: "generator", part: "", turn: 0, ...call, content: text },
      { agent: "reviewer", part: "", turn: 0, ...call, content: `${text} review` },
      { agent: "generator", part: "", turn: 1, ...call, content: `${text} better` },
      {
        agent: text,
        part: "round-2",
        turn: 0,
        ...call,
        content: `${text} verdict`,
        thinking: text,
        detail: text,
      },
    ],
  };
}
