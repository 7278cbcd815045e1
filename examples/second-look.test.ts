import { expect, it } from "vitest";
import {
  createAgent,
  createEndpoint,
  createFeedbackLoop,
  createGate,
  loadPrompt,
  promptDirectory,
  reviewerPromptShape,
} from "fellowship";
import { secondLook } from "./second-look.ts";

it("asks twice a round, in parts of their own, and leaves one review", async () => {
  const endpoint = await createEndpoint("sim:elm?seed=7", {}, {});
  const agent = createAgent({ name: "critic", role: "reviewer", endpoint }, createGate());
  const prompt = loadPrompt(promptDirectory, "reviewer", reviewerPromptShape);
  const loop = createFeedbackLoop({
    generator: ({ responses }) => ({
      responses: [{ round: responses.length + 1, text: "A text." }],
    }),
    reviewers: [{ name: "critic", node: secondLook({ agent, prompt }) }],
    evaluator: () => ({ verdict: { winner: "tie", scores: null, votes: [] } }),
    iterations: 3,
  });
  const { reviews, transcript } = await loop.invoke({ prompt: [{ role: "user", content: "?" }] });
  const asked = transcript.map(({ part, turn }) => `${part} ${turn}`);
  expect(asked).toEqual([" 0", "second-look 0", " 1", "second-look 1"]);
  expect(reviews.map(({ round }) => round)).toEqual([1, 2]);
  expect(reviews.map(({ text }) => text)).toEqual([transcript[1]?.content, transcript[3]?.content]);
});
