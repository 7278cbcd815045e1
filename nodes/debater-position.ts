import { conversationText, createFence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import { currentResponse, iterationOf } from "../state/generation/evolved-answer.ts";
import type { EvolutionState, Side } from "../state/generation/evolution-state.ts";
import type { Message } from "../state/message.ts";
import type { MemberOptions } from "./role.ts";

/** The sections of a side's prompt file: for its position and for the cross-review after it. */
export const sidePromptShape: PromptShape = {
  system: [],
  position: ["conversation", "response"],
  "cross-review": ["argument"],
};

export type SideOptions = MemberOptions & { readonly side: Side };

type State = typeof EvolutionState.State;

/**
 * A debater takes its position on the response: the positive one praises it, the critical one finds
 * fault with it (arXiv 2406.07054, the predetermined positions of its debate). A debater that fails
 * has no argument.
 */
export function createDebaterPosition({ agent, prompt, side }: SideOptions) {
  return async function position(state: State): Promise<typeof EvolutionState.Update> {
    const iteration = iterationOf(state);
    const record = await agent.ask({
      row: state.row,
      part: state.part,
      // Two turns an iteration: the position, then the cross-review.
      turn: 2 * (iteration - 1),
      ...positionConversation(state, prompt),
      expects: { kind: "text", form: "argument" },
    });
    if (record.outcome !== "answered") return { transcript: [record] };
    const argument = { iteration, side, stage: "position" as const, text: record.content };
    return { arguments: [argument], transcript: [record] };
  };
}

/**
 * The messages before a position, the debater's side and the sample in this iteration, and the
 * marks of their fences.
 */
export function positionConversation(
  state: State,
  prompt: Prompt,
): { messages: Message[]; marks: string[] } {
  const texts = [conversationText(state.prompt), currentResponse(state)] as const;
  const fence = createFence(texts);
  const values = {
    conversation: fence("request", texts[0]),
    response: fence("response", texts[1]),
  };
  const messages: Message[] = [
    { role: "system", content: prompt.render("system") },
    { role: "user", content: prompt.render("position", values) },
  ];
  return { messages, marks: [fence.mark] };
}
