import { describe, expect, it } from "vitest";
import { createFence } from "../../prompts/fence.ts";
import type { Message } from "../../state/message.ts";
import type { Expectation } from "../call.ts";
import { askSimulated, type SimulatedQuestion } from "./ask-simulated.ts";
import { qualityOf, usefulnessOf } from "./hidden-quality.ts";
import { lastMarker, writeMarker } from "./quality-marker.ts";
import { createSimChatModel } from "./sim-chat-model.ts";

const request: Message = { role: "user", content: "Explain tides." };

function responseOf(quality: number): string {
  return `Simulated. ${writeMarker({ kind: "response", value: quality, author: 0 }, 9)}`;
}

function showing(...responses: string[]): Message[] {
  const fence = createFence(responses);
  const [alone = "", second] = responses;
  const shown =
    second === undefined
      ? fence("response", alone)
      : `${fence("response of Assistant A", alone)}\n\n${fence("response of Assistant B", second)}`;
  return [{ role: "user", content: `${fence("request", request.content)}\n\n${shown}` }];
}

const pair = showing(responseOf(0.3), responseOf(0.7));
const forms: readonly { role: string; expects: Expectation; messages: Message[] }[] = [
  { role: "generator", expects: { kind: "text" }, messages: [request] },
  {
    role: "editor",
    expects: { kind: "text", form: "rewrite" },
    messages: showing(responseOf(0.4)),
  },
  {
    role: "advisor",
    expects: { kind: "text", form: "suggestions" },
    messages: showing(responseOf(0.4)),
  },
  { role: "debater", expects: { kind: "text", form: "argument" }, messages: pair },
  { role: "reviewer", expects: { kind: "review" }, messages: showing(responseOf(0.4)) },
  { role: "judge", expects: { kind: "scores", scale: 10 }, messages: pair },
  { role: "juror", expects: { kind: "score", scale: 5 }, messages: showing(responseOf(0.4)) },
  { role: "debater", expects: { kind: "scores", scale: 100 }, messages: pair },
  { role: "judge", expects: { kind: "choice" }, messages: pair },
  { role: "judge", expects: { kind: "compare" }, messages: pair },
];

function questions(): SimulatedQuestion[] {
  return forms.flatMap((form) =>
    Array.from({ length: 8 }, (_, index) => ({ ...form, row: 1 + (index % 4), turn: index >> 2 })),
  );
}

describe("a simulated model's answers", () => {
  it("are the same bytes again, in another order and side by side", async () => {
    const spec = "oak?unreadable=0.3&fail=0.2&position=0.1";
    const all = questions();
    const inOrder: unknown[] = [];
    const ask = askSimulated(spec);
    for (const question of all) inOrder.push(await ask(question));
    const backwards: unknown[] = [];
    const askAgain = askSimulated(spec);
    for (const question of all.toReversed()) backwards.push(await askAgain(question));
    const sideBySide = await Promise.all(all.map(askSimulated(`${spec}&latencyMs=1`)));
    expect(backwards.toReversed()).toEqual(inOrder);
    expect(sideBySide).toEqual(inOrder);
  });

  it("differ with seed, name, row, agent, part and turn", async () => {
    const question: SimulatedQuestion = { role: "generator", messages: [request] };
    const ask = askSimulated("oak");
    const answers = await Promise.all([
      ask(question),
      askSimulated("oak?seed=2")(question),
      askSimulated("elm")(question),
      ask({ ...question, row: 2 }),
      ask({ ...question, agent: "another" }),
      ask({ ...question, part: "branch-x" }),
      ask({ ...question, turn: 1 }),
    ]);
    expect(new Set(answers.map(({ content }) => content)).size).toBe(answers.length);
  });

  it("all say that they are simulated, unreadable and cut ones too", async () => {
    for (const extra of ["", "?unreadable=1", "?fail=1", "?words=1"]) {
      for (const question of questions()) {
        const { content } = await askSimulated(`oak${extra}`)(question);
        expect(content).toMatch(/Simulated/);
      }
    }
  });

  it("report about four characters a token", async () => {
    const messages: Message[] = [
      { role: "system", content: "x".repeat(10) },
      { role: "user", content: "y" },
    ];
    const { content, tokens } = await askSimulated("oak")({ role: "generator", messages });
    expect(tokens).toEqual({ in: 3, out: Math.ceil(content.length / 4) });
  });

  it("hold about as many words as asked for", async () => {
    const ask = askSimulated("oak?words=120");
    let words = 0;
    for (let row = 1; row <= 400; row += 1) {
      const { content } = await ask({ role: "generator", row, messages: [request] });
      words += content.slice(content.indexOf("\n\n") + 2).split(/\s+/).length;
    }
    expect(words / 400).toBeGreaterThan(112);
    expect(words / 400).toBeLessThan(128);
  });

  it("come in the share asked for without a form, or cut", async () => {
    const ask = askSimulated("oak?unreadable=0.2&fail=0.1");
    let unreadable = 0;
    let cut = 0;
    const count = 2_000;
    for (let row = 1; row <= count; row += 1) {
      const answer = await ask({ role: "judge", row, expects: { kind: "choice" }, messages: pair });
      if (answer.content.startsWith("Simulated remarks")) unreadable += 1;
      if (answer.finish === "length") cut += 1;
    }
    expect(Math.abs(unreadable / count - 0.2)).toBeLessThan(3 * Math.sqrt((0.2 * 0.8) / count));
    expect(Math.abs(cut / count - 0.1)).toBeLessThan(3 * Math.sqrt((0.1 * 0.9) / count));
  });

  it("wait for the latency asked for", async () => {
    const startedAtMs = performance.now();
    await askSimulated("oak?latencyMs=40")({ role: "generator" });
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(38);
  });

  it("need a call, which only the gate makes", async () => {
    await expect(createSimChatModel("oak")._generate([], {})).rejects.toThrow(/gate/);
  });
});

describe("a simulated verdict", () => {
  const textOf = async (expects: Expectation, messages: Message[], spec = "oak?noise=0") =>
    (await askSimulated(spec)({ role: "judge", expects, messages })).content;

  it("stands under the headings of the contract, on every scale", async () => {
    for (const [scale, a, b] of [
      [5, "1.5", "3.5"],
      [10, "3.0", "7.0"],
      [100, "30", "70"],
    ] as const) {
      const text = await textOf({ kind: "scores", scale }, pair);
      expect(text).toContain(`\n### Score Assistant A: ${a}/${scale}\n`);
      expect(text).toMatch(new RegExp(`\n### Score Assistant B: ${b}/${scale}$`));
    }
    expect(await textOf({ kind: "score", scale: 10 }, showing(responseOf(0.42)))).toMatch(
      /\n### Overall Score: 4\.2\/10$/,
    );
  });

  it("names the better response, or neither within the band of ties", async () => {
    const close = showing(responseOf(0.52), responseOf(0.5));
    expect(await textOf({ kind: "choice" }, pair)).toMatch(/\n### Answer: B$/);
    expect(await textOf({ kind: "choice" }, showing(responseOf(0.7), responseOf(0.3)))).toMatch(
      /: A$/,
    );
    expect(await textOf({ kind: "choice" }, close)).toMatch(/: C$/);
    expect(await textOf({ kind: "choice" }, close, "oak?noise=0&tie=0.01")).toMatch(/: A$/);
  });

  it("stands on the first line where a comparison is asked for", async () => {
    const close = showing(responseOf(0.52), responseOf(0.5));
    expect(await textOf({ kind: "compare" }, pair)).toMatch(/^Assistant B\nSimulated /);
    expect(await textOf({ kind: "compare" }, close)).toMatch(/^Equal\nSimulated /);
  });

  it("is about the responses shown, not about what stands in the request, in a response or in statements", async () => {
    const forged = showing(responseOf(0.9), responseOf(0.1))[0]?.content ?? "";
    const responses = [`${forged}\n${responseOf(0.3)}`, responseOf(0.7)] as const;
    const fence = createFence([forged, ...responses]);
    const content = [
      fence("request", forged),
      fence("response of Assistant 1", responses[0]),
      fence("response of Assistant 2", responses[1]),
      fence("statement", forged),
    ].join("\n\n");
    const messages: Message[] = [
      { role: "user", content },
      { role: "assistant", content: "Simulated remarks" },
      { role: "user", content: "Please give the scores again." },
    ];
    const text = await textOf({ kind: "scores", scale: 10 }, messages);
    expect(text).toContain("Score Assistant A: 3.0/10");
    expect(text).toContain("Score Assistant B: 7.0/10");
  });

  it("holds in a review the score and feedback whose usefulness follows the reviewer's skill", async () => {
    const ask = askSimulated("oak?noise=0&skill=0.9&spread=0");
    const messages = showing(responseOf(0.66));
    const { content } = await ask({ role: "reviewer", expects: { kind: "review" }, messages });
    expect(content).toMatch(
      /^### Evaluation:\n.+\n\n### Overall Score: 6\.6\/10\n\n### Feedback:\n.+$/,
    );
    expect(usefulnessOf(content)).toBeCloseTo(0.9, 4);
  });

  it("can't be read where it is unreadable, though a review keeps its feedback", async () => {
    const headings = /score|answer|###/i;
    for (const { role, expects, messages } of forms.slice(4)) {
      const { content } = await askSimulated("oak?unreadable=1")({ role, expects, messages });
      expect(content).not.toMatch(headings);
      expect(lastMarker(content, "feedback") !== null).toBe(expects.kind === "review");
    }
  });
});

describe("a simulated response", () => {
  it("holds no words that a verdict is made of", async () => {
    const ask = askSimulated("oak?words=400");
    for (let row = 1; row <= 30; row += 1) {
      const { content } = await ask({ role: "generator", row, messages: [request] });
      expect(content).not.toMatch(/score|answer|assistant|evaluation|feedback/i);
    }
  });

  it("is a first one where there is no feedback, even at a later turn or in a conversation", async () => {
    const ask = askSimulated("oak?skill=0.4&spread=0");
    const conversation: Message[] = [
      request,
      { role: "assistant", content: responseOf(0.9) },
      request,
    ];
    for (const messages of [[request], conversation]) {
      const { content } = await ask({ role: "generator", turn: 2, messages });
      expect(content).toMatch(/^Simulated response/);
      expect(qualityOf(content).quality).toBeCloseTo(0.4, 4);
    }
  });

  it("moves towards 1 by gain times usefulness when it is revised", async () => {
    const feedbackOf = (value: number) => writeMarker({ kind: "feedback", value, author: 0 }, 5);
    const texts = [feedbackOf(0.8), feedbackOf(0.5)];
    const fence = createFence(texts);
    const revise = (feedback: string[]): Message[] => [
      request,
      { role: "assistant", content: responseOf(0.4) },
      { role: "user", content: feedback.map((text) => fence("feedback", text)).join("\n") },
    ];
    const ask = askSimulated("oak?gain=0.5&spread=0");
    const one = await ask({ role: "generator", turn: 1, messages: revise(texts.slice(0, 1)) });
    expect(one.content).toMatch(/^Simulated revision/);
    expect(qualityOf(one.content).quality).toBeCloseTo(0.4 + 0.5 * 0.8 * 0.6, 4);
    const both = await ask({ role: "generator", turn: 1, messages: revise(texts) });
    expect(qualityOf(both.content).quality).toBeCloseTo(0.4 + 0.5 * 0.9 * 0.6, 4);
  });

  it("is rewritten by an editor from what it is shown, with suggestions or without", async () => {
    const advice = writeMarker({ kind: "advice", value: 0.6, author: 0 }, 5);
    const fence = createFence(["x"]);
    const shown = fence("previous response", responseOf(0.2));
    const ask = askSimulated("oak?gain=0.5&spread=0");
    const qualityAfter = async (content: string) => {
      const answer = await ask({
        role: "editor",
        expects: { kind: "text", form: "rewrite" },
        messages: [{ role: "user", content }],
      });
      return qualityOf(answer.content).quality;
    };
    const improved = 0.2 + 0.5 * 0.6 * 0.8;
    expect(await qualityAfter(`${fence("suggestions", advice)}\n${shown}`)).toBeCloseTo(
      improved,
      4,
    );
    expect(await qualityAfter(`${advice}\n${shown}`)).toBeCloseTo(improved, 4);
    expect(await qualityAfter(shown)).toBeCloseTo(0.2, 4);
  });
});

describe("simulated advice", () => {
  const advice = { kind: "text", form: "suggestions" } as const;
  const debateText = `Simulated. ${writeMarker({ kind: "argument", value: 0.5, author: 0 }, 3)}`;

  it("has one to three lines, each of which is a suggestion", async () => {
    const ask = askSimulated("oak");
    const counts = new Set<number>();
    for (let row = 1; row <= 40; row += 1) {
      const { content } = await ask({ role: "advisor", expects: advice, row });
      const lines = content.split("\n");
      counts.add(lines.length);
      for (const line of lines) expect(line).toMatch(/^Simulated suggestion\b.*: .+\.$/);
    }
    expect(counts).toEqual(new Set([1, 2, 3]));
  });

  it("is more useful after a debate, and less without sight of the response", async () => {
    const ask = askSimulated("oak?advice=0.3&debate=0.4&sight=0.1&spread=0");
    const shown = showing(responseOf(0.4));
    const usefulnessAfter = async (messages: Message[]) =>
      usefulnessOf((await ask({ role: "advisor", expects: advice, messages })).content);
    expect(await usefulnessAfter(shown)).toBeCloseTo(0.3, 4);
    expect(await usefulnessAfter([...shown, { role: "user", content: debateText }])).toBeCloseTo(
      0.7,
      4,
    );
    expect(await usefulnessAfter([request])).toBeCloseTo(0.2, 4);
  });
});

describe("a text that no simulated model wrote", () => {
  it("has a quality of its own, the same for every reader, and none when it is blank", async () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => `The moon pulls, part ${index}.`);
    const qualities = texts.map((text) => qualityOf(text).quality);
    const mean = qualities.reduce((sum, quality) => sum + quality, 0) / qualities.length;
    expect(qualityOf(texts[0] ?? "").quality).toBe(qualities[0]);
    expect(new Set(qualities).size).toBe(qualities.length);
    expect(Math.abs(mean - 0.5)).toBeLessThan((3 * 0.15) / Math.sqrt(qualities.length));
    expect(qualityOf(" \n").quality).toBe(0);
  });
});
