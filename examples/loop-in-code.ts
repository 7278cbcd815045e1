import {
  type CandidatePair,
  createAgent,
  createEndpoint,
  createFeedbackLoop,
  createGate,
  createGenerator,
  createReviewer,
  generatorPromptShape,
  loadPrompt,
  promptDirectory,
  reviewerPromptShape,
} from "fellowship";
import { lengthCritic } from "./length-critic.ts";

// Every call goes through one gate; with a journal and a budget it is the one that the commands use.
const gate = createGate();

async function member(role: "generator" | "reviewer", model: string) {
  const endpoint = await createEndpoint(model, { temperature: 0 }, process.env);
  const shape = { generator: generatorPromptShape, reviewer: reviewerPromptShape }[role];
  return {
    agent: createAgent({ name: role, role, endpoint }, gate),
    prompt: loadPrompt(promptDirectory, role, shape),
  };
}

/** An evaluator may be a plain function of the pair: here the shorter of two responses is the better one. */
function shorter({ pair }: { readonly pair?: CandidatePair | undefined }) {
  const length = (side: "a" | "b") => pair?.[side].text.length ?? 0;
  const winner = length("a") < length("b") ? ("a" as const) : ("b" as const);
  return { verdict: { winner, scores: null, votes: [] } };
}

const generator = await member("generator", "sim:oak");
const reviewer = await member("reviewer", "sim:elm");

export const loop = createFeedbackLoop({
  generator: createGenerator(generator),
  reviewers: [
    { name: "reviewer", node: createReviewer(reviewer) },
    {
      name: "length",
      node: lengthCritic({ ...reviewer, agent: { ...reviewer.agent, name: "length" } }),
    },
  ],
  evaluator: shorter,
  iterations: 3,
});

const prompt = [{ role: "user" as const, content: "Why is the sky blue?" }];
const { responses, comparisons, best } = await loop.invoke({
  row: { number: 1, id: "sky" },
  prompt,
});
process.stdout.write(
  `${responses.length} responses, ${comparisons.length} comparisons; the shortest is of ` +
    `round ${responses[best]?.round}\n`,
);
