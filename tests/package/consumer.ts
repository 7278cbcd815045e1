/**
 * What a project that installed the package may write; compiled against its declarations, and run.
 */
import {
  createFeedbackLoop,
  createSampleResponse,
  createSingle,
  defineGenerator,
  GeneratorState,
  openComparison,
  type ReviewerFactory,
} from "fellowship";

const critic: ReviewerFactory = ({ agent }) =>
  function critic({ responses }) {
    const review = { text: "Shorter.", evaluation: "", score: null, feedback: "Shorter." };
    return { reviews: [{ reviewer: agent.name, round: responses.length, ...review }] };
  };

export const topology = defineGenerator({
  graph: "one-answer",
  agents: { writer: { role: "generator", model: "sim:oak" } },
  build: ({ members }) =>
    createSingle({
      generator: createSampleResponse(members.writer),
      samples: 1,
      evaluator: null,
    }),
});

const compare = await openComparison("judge", { environment: {}, models: ["sim:oak"] });
const loop = createFeedbackLoop({
  generator: ({ responses }) => ({ responses: [...responses].slice(0, 0) }),
  reviewers: [{ name: "critic", node: () => ({}) }],
  evaluator: () => ({ verdict: { winner: "tie", scores: null, votes: [] } }),
  iterations: 2,
});
const isComplete =
  typeof compare === "function" &&
  typeof loop.invoke === "function" &&
  "responses" in GeneratorState.fields;
process.stdout.write(`${critic.name} ${isComplete ? "complete" : "incomplete"}\n`);
