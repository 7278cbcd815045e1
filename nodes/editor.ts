import * as z from "zod";
import { conversationText, createFence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import type { EvolutionState } from "../state/generation/evolution-state.ts";
import { currentResponse, iterationOf } from "../state/generation/evolved-answer.ts";
import type { Message } from "../state/message.ts";
import { endsAnswer } from "./ends-answer.ts";
import type { EvolutionNodeFunction, MemberOptions, Role } from "./role.ts";

const shown = ["conversation", "response"];
export const editorPromptShape: PromptShape = {
  system: [],
  advised: [...shown, "suggestions"],
  alone: shown,
};

type State = typeof EvolutionState.State;

/**
 * The editor rewrites the response, after the advisor's suggestions where there are any (arXiv
 * 2406.07054). Where it fails, or its rewrite is cut, the answer ends with the response before.
 */
export function createEditor({ agent, prompt }: MemberOptions) {
  return async function editor(state: State): Promise<typeof EvolutionState.Update> {
    const iteration = iterationOf(state);
    const record = await agent.ask({
      row: state.row,
      part: state.part,
      turn: iteration - 1,
      ...editorConversation(state, prompt),
      expects: { kind: "text", form: "rewrite" },
    });
    if (record.outcome === "answered") return { rewrite: record.content, transcript: [record] };
    const detail = `${agent.name}, iteration ${iteration}: ${record.detail ?? ""}`;
    return { ended: { reason: record.outcome, detail }, transcript: [record] };
  };
}

function editorConversation(
  state: State,
  prompt: Prompt,
): { messages: Message[]; marks: string[] } {
  const request = conversationText(state.prompt);
  const response = currentResponse(state);
  const suggestions = state.suggestions.join("\n");
  const isAdvised = suggestions !== "";
  const fence = createFence(isAdvised ? [request, response, suggestions] : [request, response]);
  const values = {
    conversation: fence("request", request),
    response: fence("previous response", response),
    ...(isAdvised ? { suggestions: fence("suggestions", suggestions) } : {}),
  };
  const messages: Message[] = [
    { role: "system", content: prompt.render("system") },
    { role: "user", content: prompt.render(isAdvised ? "advised" : "alone", values) },
  ];
  return { messages, marks: [fence.mark] };
}

/** Makes a node that returns a `rewrite`, or `ended`. */
export type EditorFactory = (options: MemberOptions) => EvolutionNodeFunction;

export const editorRole: Role<"editor", MemberOptions, EvolutionNodeFunction> = {
  name: "editor",
  prompt: { name: "editor", shape: editorPromptShape },
  form: "rewrite",
  usualTokens: { instructions: 250, answer: 400 },
  create: createEditor,
  rules: () => endsAnswer({ rewrite: z.string().optional() }),
};
