import type { Agent } from "../models/gate/agent.ts";
import { conversationText, createFence, type Fence } from "../prompts/fence.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import { callCount } from "../state/call-counts.ts";
import type { EvaluatorState, Statement } from "../state/evaluator-state.ts";
import type { Message } from "../state/message.ts";
import type { Scale } from "./reading/parse-score.ts";
import { askForReading, candidateText, fencedPair } from "./judge.ts";

const shown = ["conversation", "responses", "statements"];
export const debaterPromptShape: PromptShape = {
  system: ["persona"],
  talk: shown,
  vote: [...shown, "scale"],
  reask: ["scale"],
};
/** A persona is a prompt file with one section: who the debater is and what it looks at. */
export const personaShape: PromptShape = { persona: [] };

export type DebaterOptions = {
  readonly agent: Agent;
  readonly prompt: Prompt;
  readonly persona: Prompt;
};

type State = typeof EvaluatorState.State;
type Update = typeof EvaluatorState.Update;

/**
 * A debater's turn to speak: it reads all that was said and says what it thinks of the two responses
 * (arXiv 2408.08688, section 4.2, after ChatEval, arXiv 2308.07201). One that fails is silent in this round.
 */
export function createDebater({ agent, prompt, persona }: DebaterOptions) {
  return async function debater(state: State): Promise<Update> {
    const round = turnsTaken(state, agent.name);
    const record = await agent.ask({
      row: state.row,
      part: state.part,
      turn: callCount(state.asked, agent.name, state.part) + round,
      messages: conversation(state, prompt, persona, "talk"),
      expects: { kind: "text" },
    });
    if (record.outcome !== "answered") return { transcript: [record] };
    return {
      statements: [{ debater: agent.name, round, text: record.content }],
      transcript: [record],
    };
  };
}

/** A debater's scores, with a reason, after the last round of talk. */
export function createDebaterVote(
  { agent, prompt, persona }: DebaterOptions,
  { scale, reasks }: { readonly scale: Scale; readonly reasks: number },
) {
  return async function vote(state: State): Promise<Update> {
    return askForReading(state, {
      agent,
      strategy: "combined",
      scale,
      view: "plain",
      reasks,
      messages: conversation(state, prompt, persona, "vote", scale),
      reask: prompt.render("reask", { scale: String(scale) }),
      firstTurn: turnsTaken(state, agent.name),
    });
  };
}

/** Both nodes of a debater. */
export function createDebaterNodes({
  scale,
  reasks,
  ...options
}: DebaterOptions & { readonly scale: Scale; readonly reasks: number }) {
  return {
    talk: createDebater(options),
    vote: createDebaterVote(options, { scale, reasks }),
  };
}

/** How often a debater has had its turn in this evaluation, answered or not; the transcript is its own. */
export function turnsTaken({ transcript, statements, part }: State, name: string): number {
  // What a debater of one's own asks beside its turn stands in parts of its own.
  const asked = transcript.filter((call) => call.agent === name && call.part === part).length;
  // A debater of one's own may speak without asking a model.
  return Math.max(asked, statements.filter(({ debater }) => debater === name).length);
}

function conversation(
  { prompt: request, pair, statements }: State,
  prompt: Prompt,
  persona: Prompt,
  section: "talk" | "vote",
  scale?: Scale,
): Message[] {
  const texts = [
    conversationText(request),
    candidateText(pair.a, request),
    candidateText(pair.b, request),
  ] as const;
  const fence = createFence([...texts, ...statements.map(({ text }) => text)]);
  const values = {
    conversation: fence("request", texts[0]),
    responses: fencedPair(fence, "12", texts[1], texts[2]),
    statements: statementsText(statements, fence),
    ...(scale === undefined ? {} : { scale: String(scale) }),
  };
  return [
    { role: "system", content: prompt.render("system", { persona: persona.render("persona") }) },
    { role: "user", content: prompt.render(section, values) },
  ];
}

function statementsText(statements: readonly Statement[], fence: Fence): string {
  const spoken = statements.filter(({ text }) => text !== "");
  if (spoken.length === 0) return "Nobody has spoken yet.";
  return spoken
    .map(
      ({ debater, round, text }) => `${debater}, round ${round + 1}:\n${fence("statement", text)}`,
    )
    .join("\n\n");
}
