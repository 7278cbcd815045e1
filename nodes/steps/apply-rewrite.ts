import type { ConversationState } from "../../state/generation/conversation-state.ts";
import { evolvedAnswer } from "../../state/generation/evolved-answer.ts";
import type { Message } from "../../state/message.ts";
import { answersOf } from "./next-answer.ts";

export type ApplyRewriteOptions = {
  /** Counts the tokens of a text; null where they are not needed. */
  readonly countTokens: ((text: string) => number) | null;
};

/**
 * Puts the improved answer into its place in the conversation, and counts how long this has become
 * up to there.
 */
export function createApplyRewrite({ countTokens }: ApplyRewriteOptions) {
  return function keepAnswer(
    state: typeof ConversationState.State,
  ): typeof ConversationState.Update {
    const { response, rewrites, ended } = state;
    const places = answersOf(state.conversation);
    const done = state.answers.length;
    const index = places[done] ?? state.conversation.length;
    const answer = evolvedAnswer(done + 1, { response, rewrites }, ended);
    const conversation = state.conversation.map((message, place) =>
      place === index ? { ...message, content: answer.after } : message,
    );
    const isLast = done + 1 === places.length;
    const exchange = conversation.slice((places[done - 1] ?? -1) + 1, index + 1);
    return {
      conversation,
      answers: [answer],
      ...(countTokens === null || isLast
        ? {}
        : { tokens: state.tokens + tokensIn(exchange, countTokens) }),
    };
  };
}

/**
 * A message without a word still takes a token of any chat's template; so no conversation goes on
 * for ever.
 */
function tokensIn(messages: readonly Message[], countTokens: (text: string) => number): number {
  return messages.reduce((sum, { content }) => sum + Math.max(1, countTokens(content)), 0);
}
