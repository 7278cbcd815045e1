import * as z from "zod";
import { conversationText, createFence, type Fence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import type { Argument, EvolutionState } from "../state/generation/evolution-state.ts";
import { currentResponse, iterationOf } from "../state/generation/evolved-answer.ts";
import type { Message } from "../state/message.ts";
import { endsAnswer } from "./ends-answer.ts";
import { readSuggestions } from "./reading/read-suggestions.ts";
import type { EvolutionNodeFunction, MemberOptions, Role } from "./role.ts";

/** The view of an advisor: the request alone, the response too, or the debate about it as well. */
export type AdvisorView = "request" | "response" | "debate";
/** The whole of it, as in CoEvol itself. */
export const fullView = "debate" satisfies AdvisorView;

export const advisorPromptShape: PromptShape = {
  system: [],
  request: ["conversation"],
  response: ["conversation", "response"],
  debate: ["conversation", "response", "arguments"],
};

export type AdvisorOptions = MemberOptions & { readonly sees: AdvisorView };

type State = typeof EvolutionState.State;

/**
 * The advisor turns credible points into at most three suggestions (arXiv 2406.07054). The answer
 * ends where it fails or suggests nothing, and, without a call, where the debate that it was to
 * read has no argument.
 */
export function createAdvisor({ agent, prompt, sees }: AdvisorOptions) {
  return async function advisor(state: State): Promise<typeof EvolutionState.Update> {
    const iteration = iterationOf(state);
    const said = sees === "debate" ? argumentsOf(state, iteration) : [];
    if (sees === "debate" && said.length === 0) {
      const detail = `no debater answered in iteration ${iteration}`;
      return { ended: { reason: "no_argument", detail } };
    }
    const record = await agent.ask({
      row: state.row,
      part: state.part,
      turn: iteration - 1,
      ...advisorConversation(state, prompt, sees, said),
      expects: { kind: "text", form: "suggestions" },
    });
    const where = `${agent.name}, iteration ${iteration}`;
    if (record.outcome !== "answered") {
      const ended = { reason: record.outcome, detail: `${where}: ${record.detail ?? ""}` };
      return { ended, transcript: [record] };
    }
    const suggestions = readSuggestions(record.content);
    if (suggestions.length > 0) return { suggestions, transcript: [record] };
    const ended = { reason: "no_suggestion", detail: `${where}: no line that suggests anything` };
    return { ended, transcript: [record] };
  };
}

/**
 * All arguments of an iteration in the order of the debate, the positive debater's before the
 * critical one's.
 */
function argumentsOf(state: State, iteration: number): Argument[] {
  const said = state.arguments.filter((argument) => argument.iteration === iteration);
  return (["position", "cross-review"] as const).flatMap((stage) =>
    (["positive", "critical"] as const).flatMap((side) =>
      said.filter((argument) => argument.stage === stage && argument.side === side),
    ),
  );
}

function advisorConversation(
  state: State,
  prompt: Prompt,
  sees: AdvisorView,
  said: readonly Argument[],
): { messages: Message[]; marks: string[] } {
  const request = conversationText(state.prompt);
  const response = currentResponse(state);
  const texts = sees === "request" ? [request] : [request, response];
  const fence = createFence([...texts, ...said.map(({ text }) => text)]);
  const values = {
    conversation: fence("request", request),
    response: fence("response", response),
    arguments: argumentsText(said, fence),
  };
  const messages: Message[] = [
    { role: "system", content: prompt.render("system") },
    { role: "user", content: prompt.render(sees, values) },
  ];
  return { messages, marks: [fence.mark] };
}

const reviewers = { positive: "Reviewer 1", critical: "Reviewer 2" } as const;
const stages = { position: "argument", "cross-review": "on the other's argument" } as const;

function argumentsText(said: readonly Argument[], fence: Fence): string {
  return said
    .map(
      ({ side, stage, text }) =>
        `${reviewers[side]}, ${stages[stage]}:\n${fence("argument", text)}`,
    )
    .join("\n\n");
}

/** Makes a node that returns one to three suggestions, or `ended`. */
export type AdvisorFactory = (options: AdvisorOptions) => EvolutionNodeFunction;

export const advisorRole: Role<"advisor", AdvisorOptions, EvolutionNodeFunction> = {
  name: "advisor",
  prompt: { name: "advisor", shape: advisorPromptShape },
  form: "suggestions",
  usualTokens: { instructions: 250, answer: 300 },
  create: createAdvisor,
  rules: () => endsAnswer({ suggestions: z.array(z.string()).min(1).max(3).optional() }),
};
