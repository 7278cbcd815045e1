import { END, START, StateGraph } from "@langchain/langgraph";
import { createApplyRewrite } from "../nodes/steps/apply-rewrite.ts";
import { answersOf, createNextAnswer } from "../nodes/steps/next-answer.ts";
import {
  ConversationInput,
  ConversationOutput,
  ConversationState,
} from "../state/generation/conversation-state.ts";
import { unparsedVerdict } from "../state/generation/evolved-answer.ts";
import type { createCoevol } from "./coevol.ts";
import type { createOnePass } from "./one-pass.ts";
import { router } from "./parts/router.ts";

export type EvolveConversationOptions = {
  /** What improves one answer. */
  readonly evolution: ReturnType<typeof createCoevol> | ReturnType<typeof createOnePass>;
  /** Earlier exchanges shown with an answer. */
  readonly window: number;
  /**
   * Answers improved at most; null: until the conversation up to there holds `maxTokens` tokens.
   */
  readonly maxTurns: number | null;
  readonly maxTokens: number;
  /** Counts the tokens of a text. */
  readonly countTokens: (text: string) => number;
};

type State = typeof ConversationState.State;

/**
 * Improves the answers of a conversation one after another (arXiv 2406.07054, multi-turn data),
 * each with the improved ones before it in its window. An answer that fails is kept as it is
 * and ends the conversation.
 */
export function createEvolveConversation(options: EvolveConversationOptions) {
  const { evolution, window, maxTurns, maxTokens, countTokens } = options;

  function hasAnotherAnswer({ conversation, answers }: State) {
    const wanted = Math.min(answersOf(conversation).length, maxTurns ?? Infinity);
    return answers.length < wanted ? "next-answer" : END;
  }

  function afterKeepAnswer(state: State) {
    const reason = state.answers.at(-1)?.endedEarly?.reason ?? unparsedVerdict;
    // Who can't be understood has still been heard: the answer is kept and the next one has its
    // turn.
    if (reason !== unparsedVerdict) return END;
    // Where maxTurns decides, tokens are not counted and stay at 0.
    if (state.tokens >= maxTokens) return END;
    return hasAnotherAnswer(state);
  }

  return new StateGraph({
    state: ConversationState,
    input: ConversationInput,
    output: ConversationOutput,
  })
    .addNode("next-answer", createNextAnswer({ window }))
    .addNode("evolution", evolution)
    .addNode(
      "keep-answer",
      createApplyRewrite({ countTokens: maxTurns === null ? countTokens : null }),
    )
    .addConditionalEdges(START, router(hasAnotherAnswer), ["next-answer", END])
    .addEdge("next-answer", "evolution")
    .addEdge("evolution", "keep-answer")
    .addConditionalEdges("keep-answer", router(afterKeepAnswer), ["next-answer", END])
    .compile({ name: "evolve-conversation" });
}
