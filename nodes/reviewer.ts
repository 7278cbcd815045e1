import * as z from "zod";
import { conversationText, createFence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import type { GeneratorState } from "../state/generation/generator-state.ts";
import type { LoopProgress } from "../state/generation/loop-progress.ts";
import type { Message } from "../state/message.ts";
import { Review } from "../state/response.ts";
import { bestOfRound, lastRound } from "../state/generation/rounds.ts";
import { endings, failsRow } from "./generator.ts";
import { atMostOne, itemShape } from "./item-shape.ts";
import { isEcho, readReview } from "./reading/read-review.ts";
import type { GeneratorNodeFunction, MemberOptions, Role } from "./role.ts";

export const reviewerPromptShape: PromptShape = {
  system: [],
  first: ["conversation", "response"],
  again: ["response"],
};

/**
 * A reviewer evaluates the latest response, scores it out of 10 and says how to improve it, with
 * its earlier reviews in the conversation (arXiv 2408.08688, section 5). A review that fails is
 * left out of its round.
 */
export function createReviewer({ agent, prompt }: MemberOptions) {
  return async function reviewer(
    state: typeof GeneratorState.State,
  ): Promise<{ reviews?: Review[]; transcript: CallRecord[] }> {
    const round = lastRound(state);
    const record = await agent.ask({
      row: state.row,
      part: state.place,
      turn: round - 1,
      ...questions(state, prompt, agent.name, round),
      expects: { kind: "review" },
    });
    const candidates = [conversationText(state.prompt), ...state.responses.map(({ text }) => text)];
    if (!holdsReview(record, candidates)) return { transcript: [record] };
    const review = readReview(record.content, { candidates });
    return {
      reviews: [{ reviewer: agent.name, round, text: record.content, ...review }],
      transcript: [record],
    };
  };
}

/**
 * A review may keep to no form; one without a word of its own is none. One that was cut at its
 * length is none either: its last advice is half a sentence, and would train the reviewer so.
 */
function holdsReview({ outcome, content }: CallRecord, candidates: readonly string[]): boolean {
  return outcome === "answered" && content.trim() !== "" && !isEcho(content, candidates);
}

/**
 * The messages with which a reviewer is asked for its review of a round: its instructions, its
 * earlier reviews, the response. They are made anew from the state: the request is in the first
 * question alone.
 */
export function reviewerConversation(
  state: LoopProgress,
  prompt: Prompt,
  reviewer: string,
  round: number,
): Message[] {
  return questions(state, prompt, reviewer, round).messages;
}

/** The messages, and the marks of the fences in them. */
function questions(state: LoopProgress, prompt: Prompt, reviewer: string, round: number) {
  const messages: Message[] = [{ role: "system", content: prompt.render("system") }];
  const marks: string[] = [];
  const ask = (about: number) => {
    const { content, mark } = question(state, prompt, about, messages.length === 1);
    messages.push({ role: "user", content });
    marks.push(mark);
  };
  const earlier = state.reviews.filter(
    (review) => review.reviewer === reviewer && review.round < round,
  );
  for (const review of earlier) {
    ask(review.round);
    messages.push({ role: "assistant", content: review.text });
  }
  ask(round);
  return { messages, marks };
}

function question(state: LoopProgress, prompt: Prompt, round: number, first: boolean) {
  const index = bestOfRound(state, round);
  const response = index === undefined ? "" : (state.responses[index]?.text ?? "");
  const conversation = conversationText(state.prompt);
  const fence = createFence([conversation, response]);
  const shown = fence("response", response);
  const content = first
    ? prompt.render("first", { conversation: fence("request", conversation), response: shown })
    : prompt.render("again", { response: shown });
  return { content, mark: fence.mark };
}

/**
 * Makes a node that returns a review of the latest round, or nothing: then it is left out of the
 * round.
 *
 * @example
 * export const critic: ReviewerFactory = ({ agent, prompt }) => {
 *   const inner = createReviewer({ agent, prompt });
 *   return async function critic(state) {
 *     return inner(state);
 *   };
 * };
 */
export type ReviewerFactory = (options: MemberOptions) => GeneratorNodeFunction;

const written = Review.omit({ step: true }).extend({
  score: z.number().min(0).max(10).nullable(),
});

export const reviewerRole: Role<"reviewer", MemberOptions, GeneratorNodeFunction> = {
  name: "reviewer",
  prompt: { name: "reviewer", shape: reviewerPromptShape },
  form: "argument",
  usualTokens: { instructions: 250, answer: 300 },
  create: createReviewer,
  rules: ({ agent: { name: reviewer } }) => ({
    ...failsRow,
    update: (state) =>
      z.strictObject({
        ...endings,
        reviews: atMostOne(itemShape(written, { reviewer, round: lastRound(state) })),
      }),
  }),
};
