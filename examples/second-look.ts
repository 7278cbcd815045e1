import {
  createReviewer,
  joinPart,
  readReview,
  reviewerConversation,
  type ReviewerFactory,
} from "fellowship";

const again =
  "Read your review again. Is each point true and worth acting on? Write the final review.";

/** Fellowship's reviewer, who reads its own review once more and may change it. */
export const secondLook: ReviewerFactory = ({ agent, prompt }) => {
  const review = createReviewer({ agent, prompt });
  return async function secondLook(state) {
    const first = await review(state);
    const { reviews: [written] = [] } = first;
    if (written === undefined) return first;
    const record = await agent.ask({
      row: state.row,
      // A part of its own: the turns of the plain one belong to the first look.
      part: joinPart(state.place, "second-look"),
      turn: written.round - 1,
      messages: [
        ...reviewerConversation(state, prompt, agent.name, written.round),
        { role: "assistant", content: written.text },
        { role: "user", content: again },
      ],
      expects: { kind: "review" },
    });
    const transcript = [...first.transcript, record];
    if (record.outcome !== "answered") return { ...first, transcript };
    const candidates = state.responses.map(({ text }) => text);
    const final = readReview(record.content, { candidates });
    return { reviews: [{ ...written, text: record.content, ...final }], transcript };
  };
};
