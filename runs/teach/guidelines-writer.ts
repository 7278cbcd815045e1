import type { JudgedExample } from "../../nodes/judging-context.ts";
import { createFence } from "../../prompts/fence.ts";
import { loadPrompt, promptDirectory, type PromptShape } from "../../prompts/load-prompt.ts";
import type { Message } from "../../state/message.ts";

/** A pair that a judge decided otherwise than people. */
export type Mistake = {
  readonly example: JudgedExample;
  readonly winner: JudgedExample["label"];
};

export const guidelinesWriterShape: PromptShape = {
  system: [],
  question: ["cases"],
  case: ["number", "request", "responses", "people", "judge"],
  a: [],
  b: [],
  tie: [],
};

/** What a model is asked that writes guidelines from a judge's mistakes; their texts are fenced. */
export function guidelinesQuestion(mistakes: readonly Mistake[]): Message[] {
  const prompt = loadPrompt(promptDirectory, "guidelines-writer", guidelinesWriterShape);
  const fence = createFence(
    mistakes.flatMap(({ example: { prompt: request, a, b } }) => [request, a, b]),
  );
  const cases = mistakes.map(({ example, winner }, index) => {
    const number = String(index + 1);
    const named = (text: string, what: string) => fence(`${what} of case ${number}`, text);
    return prompt.render("case", {
      number,
      request: named(example.prompt, "request"),
      responses: `${named(example.a, "first response")}\n\n${named(example.b, "second response")}`,
      people: prompt.render(example.label),
      judge: prompt.render(winner),
    });
  });
  return [
    { role: "system", content: prompt.render("system") },
    { role: "user", content: prompt.render("question", { cases: cases.join("\n\n") }) },
  ];
}

const mostGuidelines = 8;
const lengths = { least: 15, most: 500 };
const item = /^\s*(?:[-*•–]|\d{1,2}[.)])\s+(\S.*)$/;

/** The guidelines of an answer: its lines that are items of a list, without marks for bold. */
export function readGuidelines(answer: string): string[] {
  const texts = answer.split(/\r?\n/).flatMap((line) => {
    const text = item
      .exec(line.slice(0, 2 * lengths.most))?.[1]
      ?.replaceAll("**", "")
      .trim();
    return text === undefined || text.length < lengths.least || text.length > lengths.most
      ? []
      : [text];
  });
  return [...new Set(texts)].slice(0, mostGuidelines);
}
