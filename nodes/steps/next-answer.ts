import type { ConversationState } from "../../state/generation/conversation-state.ts";
import type { Message } from "../../state/message.ts";

/** Indices of a conversation's answers, in order. */
export function answersOf(conversation: readonly Message[]): number[] {
  return conversation.flatMap(({ role }, index) => (role === "assistant" ? [index] : []));
}

/**
 * Takes up the next answer of the conversation, with its window: what opens the conversation, the
 * exchanges before it, improved as they are by now, and its own user turn.
 */
export function createNextAnswer({ window }: { readonly window: number }) {
  return function nextAnswer({
    conversation,
    answers,
  }: typeof ConversationState.State): typeof ConversationState.Update {
    const turn = answers.length + 1;
    const index = answersOf(conversation)[answers.length] ?? conversation.length;
    return {
      // Contract section 6: the first turn's calls bear no part of their own.
      part: turn === 1 ? "" : `turn-${turn}`,
      prompt: windowBefore(conversation.slice(0, index), window),
      response: conversation[index]?.content ?? "",
    };
  };
}

function windowBefore(messages: readonly Message[], window: number): Message[] {
  const system = messages.filter(({ role }) => role === "system");
  const spoken = messages.filter(({ role }) => role !== "system");
  return [...system, ...spoken.slice(Math.max(0, spoken.length - 1 - 2 * window))];
}
