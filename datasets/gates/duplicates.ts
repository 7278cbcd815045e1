import type { Message } from "../../state/message.ts";
import type { OpenGate } from "./gate.ts";
import { badValue, numberIn } from "./gate-value.ts";
import { createSimilarTexts, type SimilarTexts } from "./similar-texts.ts";
import { wordsOf } from "./words.ts";

/** Of several rows that are alike, the first is kept. */
export const duplicates: OpenGate = async (value) => {
  if (value !== undefined && !/^[\d.]|^exact$/.test(value)) {
    throw badValue("duplicates", "exact or a share", value);
  }
  const least =
    value === "exact" ? null : numberIn("duplicates", value ?? "0.8", { least: 0.5, most: 1 });
  const open = () => (least === null ? createEqualTexts() : createSimilarTexts(least));
  return () => {
    const [prompts, responses] = [open(), open()];
    // The lines of one row share its prompt, and may share responses.
    let row = 0;
    return (candidate) => {
      const isOwn = (owner: number) => owner === candidate.row;
      const prompt = promptText(candidate.prompt);
      const [response] = candidate.responses;
      const like = prompts.find(prompt, isOwn);
      if (like !== undefined) return `The prompt is like that of row ${like}.`;
      const likeResponse = responses.find(response, isOwn);
      if (likeResponse !== undefined) return `The response is like that of row ${likeResponse}.`;
      if (row !== candidate.row) prompts.add(prompt, candidate.row);
      row = candidate.row;
      responses.add(response, candidate.row);
      return undefined;
    };
  };
};

function promptText(prompt: readonly Message[]): string {
  return prompt.map(({ content }) => content).join("\n");
}

function createEqualTexts(): SimilarTexts {
  const owners = new Map<string, number>();
  const keyOf = (text: string) => wordsOf(text).join(" ") || text;
  return {
    find: (text, isOwn) => {
      const owner = owners.get(keyOf(text));
      return owner === undefined || isOwn(owner) ? undefined : owner;
    },
    add: (text, owner) => {
      const key = keyOf(text);
      if (!owners.has(key)) owners.set(key, owner);
    },
  };
}
