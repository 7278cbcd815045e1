import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Agent, Question } from "../../models/gate/agent.ts";
import { createDebaterVote, debaterPromptShape, personaShape } from "../../nodes/debater.ts";
import { createJudge, judgePromptShapes } from "../../nodes/judge.ts";
import type { Strategy } from "../../nodes/reading/read-answer.ts";
import { createReviewer, reviewerPromptShape } from "../../nodes/reviewer.ts";
import { loadPrompt, promptDirectory } from "../../prompts/load-prompt.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { EvaluatorState } from "../../state/evaluation/evaluator-state.ts";
import type { GeneratorState } from "../../state/generation/generator-state.ts";

// npm run bench:small-models -- --url http://127.0.0.1:8080/v1 --pairs pairs.jsonl --answers FILE
// [--limit 100] [--tokens 100] [--files judge-direct,reviewer]
//
// Asks a small model behind an OpenAI-compatible server each pair once per prompt file, without
// re-asks, and prints a table: verdicts that could be read, reviews that could be used, answers
// with a copied fence line, answers with the mark. Answers go to --answers, one line each; those
// that it holds already are not asked for again, and without --url none is.

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    pairs: { type: "string" },
    answers: { type: "string" },
    limit: { type: "string", default: "100" },
    tokens: { type: "string", default: "100" },
    files: { type: "string", default: "" },
  },
});

type Pair = {
  readonly id: string;
  readonly prompt: string;
  readonly a: { readonly text: string };
  readonly b: { readonly text: string };
};
type Asked = { readonly file: string; readonly id: string; readonly content: string };
type Tally = { asked: number; usable: number; fences: number; marks: number };

const strategies: Readonly<Record<string, Strategy>> = {
  "judge-direct": "direct",
  "judge-combined": "combined",
  "judge-independent": "independent",
  "judge-compare": "compare",
};
const promptFiles = [...Object.keys(strategies), "debater", "reviewer"];

const path = values.answers ?? "answers.jsonl";
const known = new Map(readLines<Asked>(path).map((asked) => [keyOf(asked), asked.content]));
const pairs = shortest(readLines<Pair>(values.pairs ?? "pairs.jsonl"), Number(values.limit));
const files = promptFiles.filter(
  (file) => values.files === "" || values.files.split(",").includes(file),
);

process.stdout.write(
  "| prompt file | answers | usable | with a fence line | with the mark |\n" +
    "| --- | --- | --- | --- | --- |\n",
);
// one after the other: the server keeps what it has read of the prompt file's own text
for (const file of files) {
  const tally: Tally = { asked: 0, usable: 0, fences: 0, marks: 0 };
  for (const pair of pairs) await measure(file, pair, tally);
  const { asked, usable, fences, marks } = tally;
  process.stdout.write(`| ${file} | ${asked} | ${usable} | ${fences} | ${marks} |\n`);
}

/** Asks for one answer and counts what could be used of it. */
async function measure(file: string, pair: Pair, tally: Tally): Promise<void> {
  let record: CallRecord | undefined;
  let shown = "";
  const agent: Agent = {
    name: file,
    role: "judge",
    model: "compatible:small",
    async ask({ messages, ...question }) {
      shown = messages.at(-1)?.content ?? "";
      record = await answerTo(file, pair, { messages, ...question });
      return record;
    },
  };
  const isUsable = await use(file, agent, pair);
  if (record === undefined || record.outcome !== "answered") return;
  tally.asked += 1;
  if (isUsable) tally.usable += 1;
  if (/^\s*<<<|>>>\s*$/m.test(record.content)) tally.fences += 1;
  const mark = /(?:^X(?:\/\d+)?|behind it the word) \[(\w+)\]/m.exec(shown)?.[1];
  if (mark !== undefined && record.content.includes(mark)) tally.marks += 1;
}

/** Whether a node of the prompt file's role makes a reading, or a review, of the answer. */
async function use(file: string, agent: Agent, pair: Pair): Promise<boolean> {
  const prompt = [{ role: "user", content: pair.prompt }];
  const row = { number: 1, id: pair.id };
  if (file === "reviewer") {
    const reviewer = createReviewer({
      agent,
      prompt: loadPrompt(promptDirectory, file, reviewerPromptShape),
    });
    const responses = [{ round: 1, text: pair.a.text }];
    const state = { row, place: "", prompt, responses, reviews: [], comparisons: [] };
    const { reviews } = await reviewer(state as unknown as typeof GeneratorState.State);
    return reviews?.[0] !== undefined && reviews[0].feedback.trim() !== "";
  }
  const state = {
    row,
    part: "",
    asked: {},
    prompt,
    pair,
    readings: [],
    transcript: [],
    statements: [],
  } as unknown as typeof EvaluatorState.State;
  const asking = { agent, scale: 10, reasks: 0 } as const;
  const strategy = strategies[file];
  if (strategy === undefined) {
    const debater = {
      agent,
      prompt: loadPrompt(promptDirectory, file, debaterPromptShape),
      persona: loadPrompt(promptDirectory, "general-public", personaShape),
    };
    const { readings } = await createDebaterVote(debater, { scale: 10, reasks: 0 })(state);
    return Array.isArray(readings) && readings.some(({ winner }) => winner !== null);
  }
  const judge = createJudge({
    ...asking,
    strategy,
    orders: "ab",
    prompt: loadPrompt(promptDirectory, file, judgePromptShapes[strategy]),
  });
  const { readings } = await judge(
    strategy === "independent" ? { ...state, pair: { a: pair.a, b: pair.a } } : state,
  );
  return readings.some(({ winner, score }) => winner !== null || score !== null);
}

async function answerTo(file: string, pair: Pair, question: Question): Promise<CallRecord> {
  const key = keyOf({ file, id: pair.id });
  let content = known.get(key);
  if (content === undefined && values.url !== undefined) {
    content = await complete(values.url, question);
    known.set(key, content);
    appendFileSync(path, `${JSON.stringify({ file, id: pair.id, content })}\n`);
  }
  const { part, turn } = question;
  return {
    agent: file,
    part,
    turn,
    model: "compatible:small",
    finish: "stop",
    tokens: null,
    outcome: content === undefined ? "not_recorded" : "answered",
    content: content ?? "",
  };
}

async function complete(url: string, { messages }: Question): Promise<string> {
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "small",
      messages,
      temperature: 0,
      seed: 1,
      max_tokens: Number(values.tokens),
    }),
  });
  const answer = (await response.json()) as { choices: { message: { content: string } }[] };
  return answer.choices[0]?.message.content ?? "";
}

/** Pairs whose texts are short: small models are asked within their window, on a processor. */
function shortest(all: readonly Pair[], count: number): Pair[] {
  const sizeOf = ({ prompt, a, b }: Pair) => prompt.length + a.text.length + b.text.length;
  return all.toSorted((one, other) => sizeOf(one) - sizeOf(other)).slice(0, count);
}

function readLines<Line>(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Line);
}

function keyOf({ file, id }: Pick<Asked, "file" | "id">): string {
  return `${file} ${id}`;
}
