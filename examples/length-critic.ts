import { lastRound, type ReviewerFactory } from "fellowship";

const mostWords = 150;

/** A critic that asks no model: it counts the words of the latest response, and has nothing to say where there are few enough. */
export const lengthCritic: ReviewerFactory = ({ agent }) =>
  function lengthCritic(state) {
    const words = state.responses.at(-1)?.text.match(/\S+/g)?.length ?? 0;
    if (words <= mostWords) return {};
    const feedback = `The response has ${words} words. Say the same in at most ${mostWords}.`;
    const round = lastRound(state);
    const review = { text: feedback, evaluation: "", score: null, feedback };
    return { reviews: [{ reviewer: agent.name, round, ...review }] };
  };
