import * as z from "zod";
import { createFence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import type { GeneratorState } from "../state/generation/generator-state.ts";
import type { LoopProgress } from "../state/generation/loop-progress.ts";
import type { Message } from "../state/message.ts";
import { joinPart } from "../state/calls/part.ts";
import { Response, type Review } from "../state/response.ts";
import { bestOfRound, givenRounds, lastRound } from "../state/generation/rounds.ts";
import { atMostOne, failureShape, itemShape } from "./item-shape.ts";
import type { GeneratorNodeFunction, MemberOptions, NodeRules, Role } from "./role.ts";

/**
 * The generator's prompt file; its `system` section, where there is one, opens the conversation.
 */
export const generatorPromptShape: PromptShape = { "system?": [], feedback: ["feedback"] };

export type GeneratorOptions = MemberOptions & {
  /** In a branching loop, the reviewer whose feedback alone this generator revises from. */
  readonly reviewer?: string;
};

/**
 * The generator: answers the prompt, and from the second round on revises its answer after the
 * reviewers' feedback, in one conversation (arXiv 2408.08688, section 5). A failed first answer
 * fails the row; a failed revision ends the loop with what there is.
 */
export function createGenerator({ agent, prompt, reviewer }: GeneratorOptions) {
  return async function generator(
    state: typeof GeneratorState.State,
  ): Promise<typeof GeneratorState.Update> {
    if (reviewer !== undefined && !hasReviewed(state, reviewer)) return {};
    const round = lastRoundFor(state, reviewer) + 1;
    const record = await agent.ask({
      row: state.row,
      part: joinPart(state.place, reviewer === undefined ? "" : `branch-${reviewer}`),
      // The first answer belongs to no branch, and a given one was not asked for.
      turn: reviewer === undefined ? round - 1 - givenRounds(state) : round - 2,
      ...revision(state, prompt, round, reviewer),
      expects: { kind: "text", form: "response" },
    });
    return responseFrom(record, `round ${round}`, { round, reviewer });
  };
}

/**
 * The update after a generator's call. A failed first answer fails the row, a later one ends it
 * with the responses there are. Beside other branches, one that fails is left out, and the loop
 * ends only when none is left.
 */
export function responseFrom(
  record: CallRecord,
  place: string,
  { round, reviewer }: { readonly round: number; readonly reviewer?: string | undefined },
): typeof GeneratorState.Update {
  const transcript = [record];
  if (record.outcome === "answered") {
    const response = { round, text: record.content };
    return {
      responses: [reviewer === undefined ? response : { ...response, reviewer }],
      transcript,
    };
  }
  if (reviewer !== undefined) return { transcript };
  const { agent, outcome, detail = outcome } = record;
  const failure = { reason: outcome, detail: `${agent}, ${place}: ${detail}` };
  return round === 1 ? { failure, transcript } : { endedEarly: failure, transcript };
}

/** A reviewer that was left out of the latest round has given nothing to revise after. */
function hasReviewed(state: LoopProgress, reviewer: string): boolean {
  const round = lastRoundFor(state, reviewer);
  return state.reviews.some((review) => review.reviewer === reviewer && review.round === round);
}

/** Branches run side by side after the reviews, so the round to revise is that of the reviews. */
function lastRoundFor(state: LoopProgress, reviewer: string | undefined): number {
  if (reviewer === undefined) return lastRound(state);
  return state.reviews.reduce((last, { round }) => Math.max(last, round), 0);
}

/**
 * The conversation from which the generator writes its response of a round: the prompt, then for
 * each earlier round the response that went on and its feedback. With `reviewer`, the last feedback
 * is from that reviewer alone.
 */
export function generatorConversation(
  state: LoopProgress,
  prompt: Prompt,
  round: number,
  reviewer?: string,
): Message[] {
  return revision(state, prompt, round, reviewer).messages;
}

/** The conversation, and the marks of the fences in it. */
function revision(state: LoopProgress, prompt: Prompt, round: number, reviewer?: string) {
  const messages = opening(state.prompt, prompt);
  const marks: string[] = [];
  for (let earlier = 1; earlier < round; earlier += 1) {
    const index = bestOfRound(state, earlier);
    const response = index === undefined ? undefined : state.responses[index];
    if (response === undefined) continue;
    // A branch went on from one reviewer's feedback; the others' was never part of its
    // conversation.
    const next = earlier + 1 === round ? reviewer : championsReviewer(state, earlier + 1);
    const reviews = state.reviews.filter(
      (review) => review.round === earlier && (next === undefined || review.reviewer === next),
    );
    const { feedback, mark } = fencedFeedback(reviews);
    marks.push(mark);
    messages.push(
      { role: "assistant", content: response.text },
      { role: "user", content: prompt.render("feedback", { feedback }) },
    );
  }
  return { messages, marks };
}

/**
 * The row's messages, after the system text of the prompt file; both in one message, since some
 * providers take only one.
 */
function opening(messages: readonly Message[], prompt: Prompt): Message[] {
  if (!prompt.has("system")) return [...messages];
  const system = prompt.render("system");
  const [first, ...others] = messages;
  return first?.role === "system"
    ? [{ role: "system", content: `${system}\n\n${first.content}` }, ...others]
    : [{ role: "system", content: system }, ...messages];
}

function championsReviewer(state: LoopProgress, round: number): string | undefined {
  const index = bestOfRound(state, round);
  return index === undefined ? undefined : state.responses[index]?.reviewer;
}

/** All the reviewers' feedback, each under its own heading. */
function fencedFeedback(reviews: readonly Review[]): { feedback: string; mark: string } {
  const texts = reviews.map((review) => review.feedback || review.evaluation || review.text);
  const fence = createFence(texts);
  const parts = reviews.map((review, index) => {
    const heading = reviews.length === 1 ? "### Feedback" : `### Feedback of ${review.reviewer}`;
    return `${heading}\n${fence("feedback", texts[index] ?? "")}`;
  });
  return { feedback: parts.join("\n\n"), mark: fence.mark };
}

/**
 * Makes a node that returns the response of the next round, or `failure`, or `endedEarly`. In a
 * branching loop it is called once more for each `reviewer`: that node returns the revision after
 * this reviewer's feedback alone, or nothing. In `graph: single` the node answers anew each time,
 * as `createSampleResponse` does.
 */
export type GeneratorFactory = (options: GeneratorOptions) => GeneratorNodeFunction;

type Rules = NodeRules<typeof GeneratorState.State, typeof GeneratorState.Update>;

/** For a custom node over `GeneratorState` that failed: its row fails, its siblings go on. */
export const failsRow = {
  failed: (failure) => ({ failure }),
  partOf: ({ place }) => place,
} as const satisfies Partial<Rules>;

/** The reasons why a row ends here: without a result, or with the responses there are. */
export const endings = { failure: failureShape.optional(), endedEarly: failureShape.optional() };

const written = Response.pick({ round: true, text: true });

const nextResponse: Rules = {
  ...failsRow,
  update: (state) =>
    z.strictObject({
      ...endings,
      responses: atMostOne(itemShape(written, { round: lastRound(state) + 1 })),
    }),
  needs: ["responses", "failure", "endedEarly"],
};

/** The revision of a branch, or nothing. */
function branchRules(reviewer: string): Rules {
  const revision = Response.pick({ round: true, text: true, reviewer: true }).required();
  return {
    ...failsRow,
    update: (state) => {
      const round = lastRoundFor(state, reviewer) + 1;
      const responses = atMostOne(itemShape(revision, { round, reviewer }));
      return z.strictObject({ responses, failure: endings.failure });
    },
  };
}

export const generatorRole: Role<"generator", GeneratorOptions, GeneratorNodeFunction> = {
  name: "generator",
  prompt: { name: "generator", shape: generatorPromptShape },
  form: "response",
  usualTokens: { instructions: 0, answer: 400 },
  create: createGenerator,
  rules: ({ reviewer }) => (reviewer === undefined ? nextResponse : branchRules(reviewer)),
};
